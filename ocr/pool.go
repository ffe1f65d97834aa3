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

// recycleAfter is the number of recognitions after which a worker is replaced (a screen needs up to a hundred):
// gosseract leaks the C string of every word, and Tesseract learns. At this number that was 2 MB.
const recycleAfter = 2000

// exitNoLibrary is the exit status of the dynamic loader when a library is missing.
const exitNoLibrary = 127

// NewEngine returns an engine that runs Tesseract in helper processes, at most workers at once (at least one); further
// calls wait for their turn. language is Tesseract's name of the language data, several joined by +, "eng" if empty. The helpers start
// when they are first needed and end with Close, or with this process. The error wraps ErrUnavailable if the helper
// program is not found.
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

// pool provides workers, the last used one first, so that it starts no more than are needed at once.
type pool struct {
	exe, language string
	free          chan struct{} // has a token for every running recognition
	mu            sync.Mutex
	idle          []*worker
	closed        chan struct{}
	once          sync.Once
}

// worker is a helper process. One goroutine, which ends with the process, sends to the channel replies.
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

// on runs one recognition on w and returns the worker for the next one, or nil when it must be replaced.
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
	// A worker always reads its input, but a stopped one does not: write in another goroutine.
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

// Close ends all helper processes, also busy ones, and returns when they have ended.
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
	// One thread: Tesseract's parallel loops spend more time on waiting for each other than on work.
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

// stop kills the process and waits for it and for the goroutine that reads its replies.
func (w *worker) stop() {
	_ = w.cmd.Process.Kill()
	_ = w.in.Close()
	for range w.replies {
	}
	_ = w.cmd.Wait()
}

// head keeps the beginning of a worker's standard error.
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
