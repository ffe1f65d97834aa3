package ocr

import (
	"context"
	"image"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// variant is a way to prepare and read an image.
type variant struct {
	name string
	read func(context.Context, *Reader, []Word, *pix.Map) (Result, error) // the words are those already known
}

// variants returns all variants, the best one for most screens first.
func variants() []variant {
	return []variant{{"lines", readLines}, {"page", readPage}, {"plain", readPlain}}
}

// smallest is the least width and height, in pixels, of an image with a letter; Tesseract refuses smaller
// ones.
const smallest = 4

// readLines flattens the image, cuts it into pieces of text and reads each one separately, from top to
// bottom. The text of earlier pieces is in the cache.
func readLines(ctx context.Context, r *Reader, words []Word, m *pix.Map) (Result, error) {
	flat := flatten(m)
	var rects []image.Rectangle
	for _, s := range segment(flat) {
		if s.Dx() >= smallest/2 && s.Dy() >= smallest {
			rects = append(rects, s.Inset(-margin).Intersect(flat.Rect))
		}
	}
	read := make([][]Line, len(rects))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.opts.Workers)
	r.mu.Lock()
	r.pieces.nextFrame()
	r.mu.Unlock()
	for i, s := range rects {
		g.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			var err error
			read[i], err = r.piece(ctx, cut(flat, s))
			read[i] = shift(read[i], 1, s.Min)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Result{}, err
	}
	return merge(words, slices.Concat(read...)), nil
}

const (
	padding  = 10 // white pixels around an image for Tesseract, which misses text at the edge
	severalY = 40 // pieces of at least this height may be several lines that touch
	largeY   = 80 // pieces of at least this height need not be enlarged
)

// piece reads one piece of text.
func (r *Reader) piece(ctx context.Context, img *image.Gray) ([]Line, error) {
	key := grayHash(r.seed, img)
	r.mu.Lock()
	lines, ok := r.pieces.get(key)
	r.mu.Unlock()
	if ok {
		return lines, nil
	}
	stretch(img)
	mode, factor := PageLine, 2.0
	if img.Rect.Dy() >= severalY && img.Rect.Dx() > 3*img.Rect.Dy()/2 {
		mode = PageBlock
	}
	if img.Rect.Dy() >= largeY && mode == PageLine {
		factor = 1
	}
	lines, err := r.recognize(ctx, pad(scale(img, factor), padding), mode)
	if err != nil {
		return nil, err
	}
	lines = shift(shift(lines, 1, image.Pt(-padding, -padding)), factor, image.Point{})
	fixZeros(img, lines)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pieces.put(key, lines)
	return lines, nil
}

// readPage flattens the image and leaves the rest to Tesseract.
func readPage(ctx context.Context, r *Reader, words []Word, m *pix.Map) (Result, error) {
	flat := flatten(m)
	stretchTiles(flat)
	return r.whole(ctx, words, flat, 1.5)
}

// readPlain reads the brightness of the image, inverted if it is mostly dark.
func readPlain(ctx context.Context, r *Reader, words []Word, m *pix.Map) (Result, error) {
	g := image.NewGray(m.Bounds())
	sum := 0
	for i, p := range m.Pix {
		v := pix.Luma(p)
		sum += v
		g.Pix[i] = uint8(v)
	}
	if sum < len(m.Pix)*128 {
		for i, v := range g.Pix {
			g.Pix[i] = 255 - v
		}
	}
	return r.whole(ctx, words, g, 2)
}

func (r *Reader) whole(ctx context.Context, words []Word, g *image.Gray, factor float64) (Result, error) {
	if g.Rect.Dx() < smallest || g.Rect.Dy() < smallest {
		return merge(words, nil), nil
	}
	for factor > 1 && float64(g.Rect.Dx())*factor > maxWidth {
		factor = max(1, factor-0.5)
	}
	lines, err := r.recognize(ctx, pad(scale(g, factor), padding), PageSparse)
	if err != nil {
		return Result{}, err
	}
	lines = shift(shift(lines, 1, image.Pt(-padding, -padding)), factor, image.Point{})
	fixZeros(g, lines)
	return merge(words, lines), nil
}

// maxWidth is the width in pixels up to which a whole page is enlarged: a larger screen has larger letters.
const maxWidth = 4000
