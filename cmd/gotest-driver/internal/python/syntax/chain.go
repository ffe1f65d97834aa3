package syntax

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// MaxChain is how many operators may follow each other in an expression: CPython's compiler recurses into each.
const MaxChain = 5000

// Chain returns an *Error at the first expression with more operators in a row than MaxChain. What is no Python has none: the
// compiler says what is wrong there.
func Chain(filename, src string) (err error) {
	if len(src) <= MaxChain || !utf8.ValidString(src) {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(failure); !ok {
				panic(r)
			}
		}
	}()
	l := &lexer{src: src, indents: []int{0}, bol: true}
	counts := []int{0} // of the open brackets
	for t := l.next(); t.kind != eof; t = l.next() {
		top := len(counts) - 1
		switch {
		case t.kind == newline, t.kind == op && (t.text == "," || t.text == ";"):
			counts[top] = 0
		case t.kind == op && hasByte(")]}", t.text[0]):
			counts = counts[:max(top, 1)]
		case t.kind == op && t.text != ":" && t.text != "=", t.kind == name && slices.Contains([]string{"and", "or", "not", "if", "else", "in", "is", "lambda", "await"}, t.text):
			if counts[top]++; counts[top] > MaxChain {
				file := &File{Name: filename, Source: src, lines: lineStarts(src)}
				line, col := file.LineCol(t.start)
				return &Error{filename, line, col, fmt.Sprintf("an expression with more than %d operators in a row: make it in several statements", MaxChain)}
			}
			if hasByte("([{", t.text[0]) {
				counts = append(counts, 0)
			}
		}
	}
	return nil
}
