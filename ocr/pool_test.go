package ocr

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// piece is the title of the scene "big", ready to be recognised.
func piece(t testing.TB) *image.Gray {
	t.Helper()
	f, err := os.Open("testdata/x/desktop.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return scale(cut(flatten(pix.From(img)), image.Rect(310, 180, 700, 200)), 2)
}

const pieceText = "The installer has found two disks. All data on the"

func engine(t testing.TB, workers int) *pool {
	t.Helper()
	NeedTesseract(t)
	e, err := NewEngine(workers, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e.(*pool)
}

func (p *pool) idlePID(t testing.TB) int {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) != 1 {
		t.Fatalf("%d idle workers, want 1", len(p.idle))
	}
	return p.idle[0].cmd.Process.Pid
}

// gone waits until a process has ended and been reaped.
func gone(pid int) bool {
	for range 3000 {
		if syscall.Kill(pid, 0) != nil {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

func TestWorkerIsKeptAndReplaced(t *testing.T) {
	p, img := engine(t, 2), piece(t)
	read := func() {
		t.Helper()
		lines, err := p.Recognize(t.Context(), img, PageLine)
		if err != nil {
			t.Fatal(err)
		}
		if got := Line.Text(lines[0]); got != pieceText {
			t.Errorf("read %q, want %q", got, pieceText)
		}
	}
	read()
	first := p.idlePID(t)
	read()
	if second := p.idlePID(t); second != first {
		t.Errorf("process %d was replaced by %d after one recognition", first, second)
	}
	p.idle[0].jobs = recycleAfter - 1
	read()
	if len(p.idle) != 0 || !gone(first) {
		t.Errorf("process %d lives on after %d recognitions", first, recycleAfter)
	}
	read()
}

// TestStuckWorker stops the process: the call ends at its deadline and the next one works.
func TestStuckWorker(t *testing.T) {
	p, img := engine(t, 1), piece(t)
	if _, err := p.Recognize(t.Context(), img, PageLine); err != nil {
		t.Fatal(err)
	}
	pid := p.idlePID(t)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := p.Recognize(ctx, img, PageLine); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stuck process gave %v, want the deadline's error", err)
	}
	if !gone(pid) {
		t.Error("the stuck process is still there")
	}
	if _, err := p.Recognize(t.Context(), img, PageLine); err != nil {
		t.Errorf("after the stuck one: %v", err)
	}
}

func TestReaderNamesItsTimeout(t *testing.T) {
	p, img := engine(t, 1), piece(t)
	if _, err := p.Recognize(t.Context(), img, PageLine); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(p.idlePID(t), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	r := New(Options{Engine: p, Timeout: 100 * time.Millisecond})
	if _, err := r.Read(t.Context(), img); err == nil || !strings.Contains(err.Error(), "after 100ms and was stopped") {
		t.Errorf("got %v, want an error with the time limit", err)
	}
}

func TestDeadWorker(t *testing.T) {
	p, img := engine(t, 1), piece(t)
	if _, err := p.Recognize(t.Context(), img, PageLine); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(p.idlePID(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Recognize(t.Context(), img, PageLine); err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("got %v, want how the process ended", err)
	}
	if _, err := p.Recognize(t.Context(), img, PageLine); err != nil {
		t.Errorf("after the dead one: %v", err)
	}
}

// cancelling is an engine that cancels the context during its second recognition.
type cancelling struct {
	Engine
	calls  atomic.Int32
	cancel func()
}

func (c *cancelling) Recognize(ctx context.Context, img *image.Gray, mode PageMode) ([]Line, error) {
	if c.calls.Add(1) == 2 {
		go c.cancel()
	}
	return c.Engine.Recognize(ctx, img, mode)
}

func TestCancelInTheMiddle(t *testing.T) {
	f, err := os.Open("testdata/x/xterm-mono-10-dark.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("the user pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	r := New(Options{Workers: 1, Engine: &cancelling{Engine: engine(t, 1), cancel: func() { cancel(why) }}})
	if _, err := r.Variants(ctx, img); !errors.Is(err, why) {
		t.Errorf("cancelled: %v, want the cause", err)
	}
}

func TestClosed(t *testing.T) {
	p := engine(t, 1)
	img := piece(t)
	if _, err := p.Recognize(t.Context(), img, PageLine); err != nil {
		t.Fatal(err)
	}
	pid := p.idlePID(t)
	p.Close()
	if !gone(pid) {
		t.Error("Close left the process")
	}
	if _, err := p.Recognize(t.Context(), img, PageLine); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestNoLanguageData(t *testing.T) {
	NeedTesseract(t)
	for _, language := range []string{"xyz_zy", "eng+xyz_zy"} {
		r := New(Options{Language: language, Workers: 1})
		defer r.Close()
		_, err := r.Read(t.Context(), piece(t))
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "xyz_zy.traineddata") || !strings.Contains(err.Error(), "tesseract-ocr-xyz-zy)") {
			t.Errorf("%s: got %v, want ErrUnavailable that names the file and the package", language, err)
		}
	}
}

// TestThousand reads a thousand pieces: memory does not grow, and nothing is left in the temporary directory.
func TestThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	if runtime.GOOS != "linux" {
		t.Skip("measures memory in /proc")
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	p := engine(t, 1)
	img := cut(piece(t), image.Rect(0, 0, 160, 40))
	var first, most int
	for i := range 1000 {
		if _, err := p.Recognize(t.Context(), img, PageLine); err != nil {
			t.Fatal(err)
		}
		if i%50 == 49 && len(p.idle) == 1 {
			now := resident(t, os.Getpid()) + resident(t, p.idlePID(t))
			if first == 0 {
				first = now
			}
			most = max(most, now)
		}
	}
	t.Logf("resident memory of both processes: %d MB after 50, at most %d MB", first>>20, most>>20)
	if most-first > 50<<20 {
		t.Errorf("memory grew by %d MB", (most-first)>>20)
	}
	if left, _ := filepath.Glob(dir + "/*"); len(left) > 0 {
		t.Errorf("left in the temporary directory: %q", left)
	}
}

// resident returns the resident memory of a process in bytes.
func resident(t testing.TB, pid int) int {
	t.Helper()
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
