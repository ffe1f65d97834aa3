package console

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed glyphs.txt.gz
var glyphTable []byte

type size struct{ w, h int }

// font maps fingerprints to characters.
type font struct {
	name  string
	x     bool // a font of the X server, not of consoles
	full  map[uint64]rune
	upper map[uint64]rune // without the rows that an underline cursor may cover
}

// fonts are all known fonts by the size of their cells, in the order of the table.
var fonts = sync.OnceValue(func() map[size][]*font {
	z, err := gzip.NewReader(bytes.NewReader(glyphTable))
	if err != nil {
		panic(err) // the embedded table is checked by the tests
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic(err)
	}
	all := map[size][]*font{}
	var f *font
	for line := range strings.Lines(string(text)) {
		w := strings.Fields(line) // name, width, height, full, upper, characters
		name, s := w[0], size{int(number(w[1], 10)), int(number(w[2], 10))}
		if f == nil || f.name != name {
			f = &font{name: name, x: strings.HasPrefix(name, "X-"), full: map[uint64]rune{}, upper: map[uint64]rune{}}
			all[s] = append(all[s], f)
		}
		r := preferred(w[5])
		f.add(f.full, number(w[3], 16), r)
		f.add(f.upper, number(w[4], 16), r)
	}
	return all
})

func (f *font) add(m map[uint64]rune, key uint64, r rune) {
	if old, ok := m[key]; !ok || rank(r) < rank(old) {
		m[key] = r
	}
}

// preferred returns, of the characters with the same glyph, the one that a reader means.
func preferred(list string) rune {
	best := utf8.RuneError
	for s := range strings.SplitSeq(list, ",") {
		if r := rune(number(s, 16)); best == utf8.RuneError || rank(r) < rank(best) {
			best = r
		}
	}
	return best
}

// rank orders characters with the same glyph: ASCII, then the block elements of code page 437, then the rest.
func rank(r rune) rune {
	switch {
	case r == ' ':
		return 0
	case r > ' ' && r < 0x7f:
		return r
	case r >= 0x2500 && r < 0x2600:
		return r - 0x2500 + 0x80
	case r < ' ':
		return 1 << 22
	}
	return 1<<20 + r
}

func number(s string, base int) uint64 {
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		panic(err) // the embedded table is checked by the tests
	}
	return n
}
