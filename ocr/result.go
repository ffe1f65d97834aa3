package ocr

import (
	"image"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/ocr/console"
	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// arrange sorts words into lines: words side by side belong to one line, whatever is between them.
func arrange(words []Word) []Line {
	words = slices.DeleteFunc(slices.Clone(words), func(w Word) bool { return strings.TrimSpace(w.Text) == "" })
	slices.SortStableFunc(words, func(a, b Word) int {
		return a.Box.Min.Y + a.Box.Max.Y - b.Box.Min.Y - b.Box.Max.Y
	})
	var lines []Line
	for _, w := range words {
		placed := false
		for i := len(lines) - 1; i >= 0 && i >= len(lines)-4; i-- {
			if beside(lines[i], w) {
				lines[i].Words = append(lines[i].Words, w)
				placed = true
				break
			}
		}
		if !placed {
			lines = append(lines, Line{Words: []Word{w}})
		}
	}
	for _, l := range lines {
		slices.SortStableFunc(l.Words, func(a, b Word) int { return a.Box.Min.X - b.Box.Min.X })
	}
	return lines
}

// beside reports whether w's middle is within the line, and the middle of one of the line's words within w.
func beside(l Line, w Word) bool {
	mid := (w.Box.Min.Y + w.Box.Max.Y) / 2
	return slices.ContainsFunc(l.Words, func(o Word) bool {
		overlap := min(o.Box.Max.Y, w.Box.Max.Y) - max(o.Box.Min.Y, w.Box.Min.Y)
		return 2*overlap > min(o.Box.Dy(), w.Box.Dy()) && mid >= o.Box.Min.Y && mid < o.Box.Max.Y ||
			overlap > 0 && 3*overlap > 2*max(o.Box.Dy(), w.Box.Dy())
	})
}

// terminals reads the windows with text that needs no OCR; rest is the image without this text.
func terminals(m *pix.Map) (words []Word, rest *pix.Map) {
	runs, others := console.Terminals(m)
	for _, run := range runs {
		width := run.Box.Dx() / max(1, utf8.RuneCountInString(run.Text))
		at := run.Box.Min.X
		for f := range strings.SplitSeq(run.Text, " ") {
			end := at + width*utf8.RuneCountInString(f)
			if f != "" {
				words = append(words, Word{f, image.Rect(at, run.Box.Min.Y, end, run.Box.Max.Y), 100})
			}
			at = end + width
		}
	}
	return words, pix.From(others)
}

// merge returns a result with the known words and the recognised lines.
func merge(words []Word, lines []Line) Result {
	all := slices.Clone(words)
	for _, l := range lines {
		all = append(all, l.Words...)
	}
	return newResult(arrange(all))
}

// newResult returns a result with the text of lines and the offset of each word.
func newResult(lines []Line) Result {
	res := Result{Lines: lines}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		for j, w := range l.Words {
			if j > 0 {
				b.WriteByte(' ')
			}
			res.at = append(res.at, b.Len())
			b.WriteString(w.Text)
		}
	}
	res.Text = b.String()
	return res
}

// consoleResult returns the result for a console, whose text keeps the columns.
func consoleResult(s *console.Screen) Result {
	res := Result{Text: s.Text(), Method: MethodConsole}
	offset := 0
	for row, text := range strings.Split(res.Text, "\n") {
		var l Line
		col, start, begin := 0, -1, 0
		flush := func(end int) {
			if start >= 0 {
				l.Words = append(l.Words, Word{Text: text[begin:end], Box: s.Box(row, start, col-start), Confidence: 100})
				res.at = append(res.at, offset+begin)
			}
			start = -1
		}
		for i, r := range text {
			switch {
			case r == ' ':
				flush(i)
			case start < 0:
				start, begin = col, i
			}
			col++
		}
		flush(len(text))
		if len(l.Words) > 0 {
			res.Lines = append(res.Lines, l)
		}
		offset += len(text) + 1
	}
	return res
}

// Found is a piece of text and its place.
type Found struct {
	Text string
	Box  image.Rectangle // in pixels of the image; the box of all words that the text touches
}

// Find returns the places of all matches in the text. The function find returns the byte offsets of their
// beginnings and ends, as regexp.Regexp's FindAllStringIndex does. Empty matches have no place.
func (r Result) Find(find func(text string) [][]int) []Found {
	words := r.Words()
	var all []Found
	for _, m := range find(r.Text) {
		f := Found{Text: r.Text[m[0]:m[1]]}
		for i, w := range words {
			if r.at[i] < m[1] && r.at[i]+len(w.Text) > m[0] {
				f.Box = f.Box.Union(w.Box)
			}
		}
		if !f.Box.Empty() {
			all = append(all, f)
		}
	}
	return all
}
