package ocr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// recycleAfter is the number of recognitions, a screen has up to a hundred, after which a worker is replaced:
// gosseract leaks every word's C string, and Tesseract learns. At this number that was 2 MB.
const recycleAfter = 2000

// exitNoLibrary is the exit status of the dynamic loader that misses a library.
const exitNoLibrary = 127

// NewEngine starts Tesseract in helper processes, at most workers at once (at least one); further calls
// wait for their turn. Language is Tesseract's name of the language data, "eng" if empty. The helpers are
// started when they are first needed and end with Close, or with this process. The error wraps ErrUnavailable where
// the helper program is not found.
func NewEngine(workers int, language string) (Engine, error) {
	exe, err := findHelper()
	if err != nil {
		return nil, err
	}
	if language == "" {
		language = "eng"
	}
	return &pool{exe: exe, language: language, free: make(chan struct{}, max(1, workers)), closed: make(chan struct{})}, nil
}

// pool hands out workers, the one used last first, so that no more are started than are needed at once.
type pool struct {
	exe, language string
	free          chan struct{} // holds a token for every recognition under way
	mu            sync.Mutex
	idle          []*worker
	closed        chan struct{}
	once          sync.Once
}

// worker is a helper process. Its channel replies is fed by one goroutine, which ends with the process.
type worker struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	replies chan result
	stderr  *head
	jobs    int
}

type result struct {
	reply reply
	err   error
}

var errClosed = errors.New("OCR: the reader is closed")

func (p *pool) Recognize(ctx context.Context, img *image.Gray, mode PageMode) ([]Line, error) {
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-p.closed:
		return nil, errClosed
	case p.free <- struct{}{}:
		defer func() { <-p.free }()
	}
	var w *worker
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		w, p.idle = p.idle[n-1], p.idle[:n-1]
	}
	p.mu.Unlock()
	lines, w, err := p.on(ctx, w, img, mode)
	if w != nil {
		p.mu.Lock()
		p.idle = append(p.idle, w)
		p.mu.Unlock()
	}
	return lines, err
}

// on runs one recognition on w and returns the worker for the next one, nil when it is used up.
func (p *pool) on(ctx context.Context, w *worker, img *image.Gray, mode PageMode) ([]Line, *worker, error) {
	if ctx.Err() != nil {
		return nil, w, context.Cause(ctx)
	}
	if w == nil {
		var err error
		if w, err = start(p.exe); err != nil {
			return nil, nil, err
		}
	}
	req := request{Width: img.Rect.Dx(), Height: img.Rect.Dy(), Mode: mode, Language: p.language}
	// The worker reads its input at all times, yet a stopped one would not: write beside the wait.
	sent := make(chan error, 1)
	go func() { sent <- writeMessage(w.in, req, img.Pix) }()
	var res result
	select {
	case <-ctx.Done():
		w.stop()
		<-sent
		return nil, nil, context.Cause(ctx)
	case <-p.closed:
		w.stop()
		<-sent
		return nil, nil, errClosed
	case res = <-w.replies:
	}
	if res.err != nil {
		w.stop()
		<-sent
		if w.cmd.ProcessState.ExitCode() == exitNoLibrary {
			return nil, nil, fmt.Errorf("%w: %s does not start%s", ErrUnavailable, p.exe, w.stderr.note())
		}
		return nil, nil, fmt.Errorf("OCR: the helper process ended (%v) while it read an image of %d×%d%s",
			w.cmd.ProcessState, req.Width, req.Height, w.stderr.note())
	}
	<-sent
	if w.jobs++; w.jobs >= recycleAfter {
		w.stop()
		w = nil
	}
	if res.reply.Error != "" {
		err := errors.New(res.reply.Error)
		if res.reply.Unavailable {
			text, _ := strings.CutPrefix(res.reply.Error, ErrUnavailable.Error()+": ")
			err = fmt.Errorf("%w: %s", ErrUnavailable, text)
		}
		return nil, w, err
	}
	return res.reply.Lines, w, nil
}

// Close ends all helper processes, also those at work, and returns when they are gone.
func (p *pool) Close() error {
	p.once.Do(func() {
		close(p.closed)
		for range cap(p.free) {
			p.free <- struct{}{}
		}
		for _, w := range p.idle {
			w.stop()
		}
	})
	return nil
}

func start(exe string) (*worker, error) {
	cmd := exec.Command(exe)
	cmd.Args = []string{HelperName}
	// One thread: Tesseract's parallel loops wait for each other more than they work.
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	w := &worker{cmd: cmd, replies: make(chan result, 1), stderr: &head{}}
	cmd.Stderr = w.stderr
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("OCR: start a helper process: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("OCR: start a helper process: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("OCR: start a helper process: %w", err)
	}
	w.in = in
	go func() {
		defer close(w.replies)
		for {
			var r result
			r.err = readMessage(out, &r.reply)
			w.replies <- r
			if r.err != nil {
				return
			}
		}
	}()
	return w, nil
}

// stop kills the process and waits for its end and that of the goroutine that reads its replies.
func (w *worker) stop() {
	_ = w.cmd.Process.Kill()
	_ = w.in.Close()
	for range w.replies {
	}
	_ = w.cmd.Wait()
}

// head keeps the beginning of what a worker says on stderr.
type head struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *head) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := 4096 - t.buf.Len(); room > 0 {
		t.buf.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

func (t *head) note() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := strings.TrimSpace(t.buf.String()); s != "" {
		return "; it said: " + s
	}
	return ""
}
