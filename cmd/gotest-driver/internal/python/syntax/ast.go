// Package syntax parses Python 3.12 source into a syntax tree with exact positions and comments.
// It is pure Go, so that it works in a static build and on every platform.
package syntax

import (
	"sort"
	"unicode/utf8"
)

// Span is the half-open range of byte offsets that a node covers.
type Span struct{ Start, End int }

// Range returns the span itself; it makes every node that embeds Span a Node.
func (s Span) Range() Span { return s }

// Node is any part of the tree.
type Node interface{ Range() Span }

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// Stmt is a statement: a Node other than an Expr.
type Stmt interface{ Node }

// Comment is a comment with its position. OwnLine reports whether it is the only text on its line.
type Comment struct {
	Span
	Text    string
	OwnLine bool
}

// File is a parsed file.
type File struct {
	Name     string
	Source   string
	Body     []Stmt
	Comments []Comment
	lines    []int
}

// Range covers the whole file.
func (f *File) Range() Span { return Span{0, len(f.Source)} }

// LineCol returns the line and the column (in characters) of a byte offset, both from 1.
func (f *File) LineCol(off int) (line, col int) {
	line = f.Line(off)
	return line, utf8.RuneCountInString(f.Source[f.lines[line-1]:min(off, len(f.Source))]) + 1
}

// Line returns the line of a byte offset, from 1.
func (f *File) Line(off int) int { return sort.SearchInts(f.lines, off+1) }

func lineStarts(src string) []int {
	starts := []int{0}
	for i := range len(src) {
		if src[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// The expressions.
type (
	// Name is an identifier; also True, False, None and `...`. Store reports whether it is a target of an assignment.
	Name struct {
		Span
		ID    string
		Store bool
	}
	// Num is a number as written.
	Num struct {
		Span
		Text string
	}
	// Str is one or more adjacent string literals.
	Str struct {
		Span
		Parts []*StrPart
	}
	// Tuple is a tuple; Paren reports whether it is in parentheses.
	Tuple struct {
		Span
		Elts  []Expr
		Paren bool
	}
	// List is a list display.
	List struct {
		Span
		Elts []Expr
	}
	// Set is a set display.
	Set struct {
		Span
		Elts []Expr
	}
	// Dict is a dict display; a nil key means **value.
	Dict struct {
		Span
		Keys, Values []Expr
	}
	// Comp is a comprehension: Kind is '[', '{' (set), ':' (dict, with Key) or '(' (generator).
	Comp struct {
		Span
		Kind     byte
		Clauses  []Clause
		Key, Elt Expr
	}
	// Unary is an operation on one operand: - + ~ not, and await and yield, whose operand may be nil.
	Unary struct {
		Span
		Op string
		X  Expr
	}
	// Binary is an arithmetic operation, or "and" and "or".
	Binary struct {
		Span
		Op    string
		OpPos int
		X, Y  Expr
	}
	// Compare is a chain of comparisons.
	Compare struct {
		Span
		X   Expr
		Ops []string
		Ys  []Expr
	}
	// Call is a call.
	Call struct {
		Span
		Fn   Expr
		Args []Arg
	}
	// Attr is an attribute.
	Attr struct {
		Span
		X    Expr
		Name string
	}
	// Index is a subscription; Sub may be a Slice or a Tuple of them.
	Index struct {
		Span
		X, Sub Expr
	}
	// Slice is lo:hi:step inside a subscription; absent parts are nil.
	Slice struct {
		Span
		Lo, Hi, Step Expr
	}
	// Cond is a conditional expression.
	Cond struct {
		Span
		If, Then, Else Expr
	}
	// Lambda is a lambda.
	Lambda struct {
		Span
		Params []Param
		Body   Expr
	}
	// Starred is *x in a display, a target or a return.
	Starred struct {
		Span
		X Expr
	}
	// Named is an assignment expression.
	Named struct {
		Span
		X    Expr
		Name *Name
	}
	// Paren is an expression in parentheses.
	Paren struct {
		Span
		X Expr
	}
)

// StrPart is one string literal. Fields is set for f-strings.
type StrPart struct {
	Span
	Prefix string // lower case: r, b, f, rb, fr, u or empty
	Quote  string // ', ", ”' or """
	Text   string // between the quotes, as written
	Value  string // the value of a literal that is not an f-string
	Fields []Field
	Err    string // why the literal has no value that Starlark can represent
}

// Bytes reports whether the literal is a bytes literal.
func (p *StrPart) Bytes() bool { return hasByte(p.Prefix, 'b') }

// Format reports whether the literal is an f-string.
func (p *StrPart) Format() bool { return hasByte(p.Prefix, 'f') }

// Field is a piece of an f-string: text, or an expression with its conversion and format spec.
type Field struct {
	Text  string
	X     Expr
	Debug string // the text of {x=}
	Conv  byte   // r, s, a or 0
	Spec  []Field
}

// Clause is a for or if of a comprehension.
type Clause struct {
	Iter, Target Expr
	Ifs          []Expr
}

// Arg is an argument: Name for a keyword, Star 1 for *x and 2 for **x.
type Arg struct {
	Span
	Name  string
	Star  int
	Value Expr
}

// Param is a parameter: Star 1 for *args (Name empty for a bare *), 2 for **kw.
type Param struct {
	Span
	Name    string
	Star    int
	Ann     Expr `walk:"no"`
	Default Expr
}

// NamePos returns where the name of the attribute begins.
func (a *Attr) NamePos() int { return a.End - len(a.Name) }
