package python

import (
	"sort"
	"strings"
)

// seg is a piece of output with its offset in the Python source, -1 for none.
type seg struct {
	text string
	src  int
}

// ex is a lowered expression with the precedence of its outermost operator.
type ex struct {
	s    []seg
	prec int
}

// Starlark's precedences.
const (
	precCond = iota + 1
	precOr
	precAnd
	precNot
	precCompare
	precPipe
	precCaret
	precAmp
	precShift
	precAdd
	precMul
	precUnary
	precPrimary
)

func txt(s string) ex         { return ex{[]seg{{s, -1}}, precPrimary} }
func at(s string, src int) ex { return ex{[]seg{{s, src}}, precPrimary} }
func (e ex) with(prec int) ex { return ex{e.s, prec} }

// paren puts e in parentheses when it binds looser than prec.
func (e ex) paren(prec int) ex {
	if e.prec >= prec {
		return e
	}
	return cat("(", e, ")")
}

// cat joins strings and expressions into a primary expression.
func cat(parts ...any) ex {
	var s []seg
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			s = append(s, seg{p, -1})
		case ex:
			s = append(s, p.s...)
		}
	}
	return ex{s, precPrimary}
}

// commas joins expressions with commas.
func commas(xs []ex) ex {
	var s []seg
	for i, x := range xs {
		if i > 0 {
			s = append(s, seg{", ", -1})
		}
		s = append(s, x.s...)
	}
	return ex{s, precPrimary}
}

// printer collects the lines of the program and the origin of each piece.
type printer struct {
	b      strings.Builder
	marks  []mark
	line   int
	col    int
	indent int
	blank  bool // the last line is empty, or none was written in this block
}

type mark struct{ line, col, src int }

func (p *printer) write(s string) {
	p.b.WriteString(s)
	for _, r := range s {
		if r == '\n' {
			p.line++
			p.col = 0
		} else {
			p.col++
		}
	}
}

// emit writes one line.
func (p *printer) emit(src int, parts ...any) {
	segs := cat(parts...).s
	pad := strings.Repeat("    ", p.indent)
	p.write(pad)
	if src >= 0 {
		p.marks = append(p.marks, mark{p.line, p.col, src})
	}
	for _, s := range segs {
		if s.src >= 0 {
			p.marks = append(p.marks, mark{p.line, p.col, s.src})
		}
		p.write(s.text)
	}
	p.write("\n")
	p.blank = false
}

func (p *printer) empty() {
	if !p.blank {
		p.write("\n")
		p.blank = true
	}
}

// source returns the line and column (from 1) in the Python file for a line and column (from 1) of the output; at converts
// an offset to them.
func (p *printer) source(line, col int, at func(off int) (line, col int)) (int, int) {
	line, col = line-1, col-1
	i := sort.Search(len(p.marks), func(i int) bool {
		k := p.marks[i]
		return k.line > line || k.line == line && k.col > col
	})
	if i == 0 {
		return 1, 1
	}
	return at(p.marks[i-1].src)
}
