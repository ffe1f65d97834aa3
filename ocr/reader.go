package ocr

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"image"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/ocr/console"
	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// Options are what a Reader can be told. The zero value is good for most.
type Options struct {
	Language string        // Tesseract's name of the language data; "eng" if empty
	Workers  int           // helper processes at most; 0 means one a CPU, 2 to 4
	Timeout  time.Duration // for one recognition, after which its helper process is killed; 0 means 30 s
	Engine   Engine        // used instead of Tesseract; the Reader does not close it
}

// Reader reads images. It remembers what it has read: an image that is the same as the one before costs
// nothing, and of one that differs only the pieces of text that are new are recognised. It is safe for
// concurrent use, but gains most as one Reader for each screen.
type Reader struct {
	opts Options
	seed maphash.Seed

	mu      sync.Mutex
	engine  Engine
	closed  bool
	order   []variant // the one that matched last comes first
	frame   uint64    // the fingerprint of the image that the results belong to
	results map[string]Result
	pieces  pieceCache
}

// New returns a Reader. Helper processes are started when an image first needs them.
func New(o Options) *Reader {
	if o.Workers <= 0 {
		o.Workers = max(2, min(4, runtime.NumCPU()))
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	return &Reader{opts: o, seed: maphash.MakeSeed(), order: variants(), results: map[string]Result{}, engine: o.Engine}
}

// Close ends the helper processes.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.engine == nil || r.engine == r.opts.Engine {
		return nil
	}
	return r.engine.Close()
}

// Read reads an image in the way that is best for most. The error wraps ErrUnavailable where OCR would be
// needed and is missing, and is context.Cause(ctx) when ctx ended first.
func (r *Reader) Read(ctx context.Context, img image.Image) (Result, error) {
	m := pix.From(img)
	if res, ok := r.exact(m); ok {
		return res, nil
	}
	return r.variant(ctx, m, variants()[0])
}

// Variants reads an image in every way there is, the best first. There is one only where nothing is to be
// doubted.
func (r *Reader) Variants(ctx context.Context, img image.Image) ([]Result, error) {
	m := pix.From(img)
	if res, ok := r.exact(m); ok {
		return []Result{res}, nil
	}
	var all []Result
	for _, v := range variants() {
		res, err := r.variant(ctx, m, v)
		if err != nil {
			return all, err
		}
		all = append(all, res)
	}
	return all, nil
}

// Match reads an image in one way after the other until match holds for a text, and reports whether it did,
// in which result, and what was read up to then. The way that matched is the first to be tried next time.
func (r *Reader) Match(ctx context.Context, img image.Image, match func(text string) bool) (Result, bool, []Result, error) {
	return r.match(ctx, img, match, func(order []variant) []variant { return order })
}

// MatchFirst is Match in one way only, the one that matched last. Where nothing is to be doubted, the method of
// its result is not MethodOCR, and there is no other way.
func (r *Reader) MatchFirst(ctx context.Context, img image.Image, match func(text string) bool) (Result, bool, []Result, error) {
	return r.match(ctx, img, match, func(order []variant) []variant { return order[:1] })
}

// MatchOthers is Match in all ways but one, the variant that MatchFirst tried.
func (r *Reader) MatchOthers(ctx context.Context, img image.Image, tried string, match func(text string) bool) (Result, bool, []Result, error) {
	return r.match(ctx, img, match, func(order []variant) []variant {
		return slices.DeleteFunc(slices.Clone(order), func(v variant) bool { return v.name == tried })
	})
}

func (r *Reader) match(ctx context.Context, img image.Image, match func(text string) bool, choose func([]variant) []variant) (Result, bool, []Result, error) {
	m := pix.From(img)
	if res, ok := r.exact(m); ok {
		return res, match(res.Text), []Result{res}, nil
	}
	r.mu.Lock()
	order := slices.Clone(choose(r.order))
	r.mu.Unlock()
	var seen []Result
	for _, v := range order {
		res, err := r.variant(ctx, m, v)
		if err != nil {
			return Result{}, false, seen, err
		}
		seen = append(seen, res)
		if match(res.Text) {
			r.prefer(v.name)
			return res, true, seen, nil
		}
	}
	return Result{}, false, seen, nil
}

// prefer moves a variant to the front.
func (r *Reader) prefer(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.order, func(v variant) bool { return v.name == name })
	v := r.order[i]
	r.order = slices.Insert(slices.Delete(r.order, i, i+1), 0, v)
}

// exact reads what needs no OCR.
func (r *Reader) exact(m *pix.Map) (Result, bool) {
	if m.Uniform() {
		return Result{Method: MethodBlank}, true
	}
	if s, ok := console.Read(m); ok {
		return consoleResult(s), true
	}
	return Result{}, false
}

// variant reads m in one way, or tells what was read when the image before was the same.
func (r *Reader) variant(ctx context.Context, m *pix.Map, v variant) (Result, error) {
	key := m.Hash(r.seed)
	r.mu.Lock()
	if key != r.frame {
		r.frame = key
		clear(r.results)
	}
	res, ok := r.results[v.name]
	r.mu.Unlock()
	if ok {
		return res, nil
	}
	words, rest := terminals(m)
	res, err := v.read(ctx, r, words, rest)
	if err != nil {
		return Result{}, err
	}
	res.Variant, res.Method = v.name, MethodOCR
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.frame == key {
		r.results[v.name] = res
	}
	return res, nil
}

// recognize asks the engine, which it starts if need be, and bounds the time.
func (r *Reader) recognize(ctx context.Context, img *image.Gray, mode PageMode) ([]Line, error) {
	r.mu.Lock()
	e, err := r.engine, error(nil)
	switch {
	case r.closed:
		err = errClosed
	case e == nil:
		if e, err = NewEngine(r.opts.Workers, r.opts.Language); err == nil {
			r.engine = e
		}
	}
	r.mu.Unlock()
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, r.opts.Timeout, errTimeout)
	defer cancel()
	lines, err := e.Recognize(bounded, img, mode)
	if errors.Is(err, errTimeout) {
		return nil, fmt.Errorf("OCR: Tesseract had not read a part of %d×%d pixels after %v and was stopped",
			img.Rect.Dx(), img.Rect.Dy(), r.opts.Timeout)
	}
	return lines, err
}

var errTimeout = errors.New("recognition timed out")
