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

// Options are the options of a Reader. The zero value is useful.
type Options struct {
	Language string        // Tesseract's name of the language data, several as "deu+eng"; "eng" if empty
	Workers  int           // helper processes at most; 0 means one per CPU, 2 to 4
	Timeout  time.Duration // for one recognition, after which its helper process is killed; 0 means 30 s
	Engine   Engine        // used instead of Tesseract; the Reader does not close it
}

// Reader reads images. It keeps the last results: an unchanged image costs nothing, and of a changed image
// only the new pieces of text are recognised. It is safe for concurrent use, but most efficient with one
// Reader for each screen.
type Reader struct {
	opts Options
	seed maphash.Seed

	mu      sync.Mutex
	engine  Engine
	closed  bool
	order   []variant // the one that matched last is first
	frame   uint64    // the fingerprint of the image of the results
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
	if r.engine == nil || r.opts.Engine != nil {
		return nil
	}
	return r.engine.Close()
}

// Read reads an image with the variant that is best for most images. The error wraps ErrUnavailable if OCR is
// needed but not available, and is context.Cause(ctx) when ctx ends first.
func (r *Reader) Read(ctx context.Context, img image.Image) (Result, error) {
	m := pix.From(img)
	if res, ok := r.exact(m); ok {
		return res, nil
	}
	return r.variant(ctx, m, variants()[0])
}

// Variants reads an image with every variant, the best first. There is only one result if the text was read
// exactly.
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

// Match reads an image with one variant after the other until match returns true for a text. It returns the result that
// matched, whether there is one, and all results so far. The next call begins with the variant that matched.
func (r *Reader) Match(ctx context.Context, img image.Image, match func(text string) bool) (Result, bool, []Result, error) {
	return r.match(ctx, img, match, func(order []variant) []variant { return order })
}

// MatchFirst is Match with only one variant, the one that matched last. If the text was read exactly, the method of
// the result is not MethodOCR, and there are no other variants.
func (r *Reader) MatchFirst(ctx context.Context, img image.Image, match func(text string) bool) (Result, bool, []Result, error) {
	return r.match(ctx, img, match, func(order []variant) []variant { return order[:1] })
}

// MatchOthers is Match with all variants except the one that MatchFirst tried.
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

// exact reads an image that needs no OCR.
func (r *Reader) exact(m *pix.Map) (Result, bool) {
	if m.Uniform() {
		return Result{Method: MethodBlank}, true
	}
	if s, ok := console.Read(m); ok {
		return consoleResult(s), true
	}
	return Result{}, false
}

// variant reads m with a variant, or returns the earlier result if the image is unchanged.
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

// recognize asks the engine, which it starts if necessary, and limits the time.
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
