package lsp

import (
	"sort"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// mapper turns offsets into the protocol's positions, which count UTF-16 code units, and back.
type mapper struct {
	src   []byte
	lines []int
}

func newMapper(src []byte) *mapper {
	m := &mapper{src: src, lines: []int{0}}
	for i, c := range src {
		if c == '\n' || c == '\r' && (i+1 == len(src) || src[i+1] != '\n') {
			m.lines = append(m.lines, i+1)
		}
	}
	return m
}

func (m *mapper) toOffset(p protocol.Position) int {
	if int(p.Line) >= len(m.lines) {
		return len(m.src)
	}
	o := m.lines[p.Line]
	for units := uint32(0); units < p.Character && o < len(m.src) && m.src[o] != '\n' && m.src[o] != '\r'; {
		r, n := utf8.DecodeRune(m.src[o:])
		units += width(r)
		o += n
	}
	return o
}

func width(r rune) uint32 {
	if r > 0xffff {
		return 2
	}
	return 1
}

func (m *mapper) fromOffset(o int) protocol.Position {
	o = max(0, min(o, len(m.src)))
	line := sort.SearchInts(m.lines, o+1) - 1
	units := uint32(0)
	for i := m.lines[line]; i < o; {
		r, n := utf8.DecodeRune(m.src[i:])
		units += width(r)
		i += n
	}
	return protocol.Position{Line: uint32(line), Character: units}
}

func (m *mapper) fromRange(r dialect.Range) protocol.Range {
	return protocol.Range{Start: m.fromOffset(r.Start), End: m.fromOffset(r.End)}
}

func (m *mapper) toRange(r protocol.Range) dialect.Range {
	start := m.toOffset(r.Start)
	return dialect.Range{Start: start, End: max(start, m.toOffset(r.End))}
}
