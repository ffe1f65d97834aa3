package dialect

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"
	"unicode/utf8"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// strip replaces each character that Starlark must not see by a blank, and removes a byte order mark. A line that ends
// within an annotation outside of parentheses is continued with a backslash.
func strip(src []byte, erase []erasure, errs *errorList) []byte {
	out := make([]byte, 0, len(src))
	at := 0
	if bytes.HasPrefix(src, byteOrderMark) {
		at = len(byteOrderMark)
	}
	for _, e := range erase {
		if e.Start < at {
			continue // inside another one, as for nested types
		}
		out = append(out, src[at:e.Start]...)
		out = blank(out, src, e, errs)
		at = e.End
	}
	return append(out, src[at:]...)
}

func blank(out, src []byte, e erasure, errs *errorList) []byte {
	lineEmpty := false // nothing of this line has been written
	first := len(out)
	for i := e.Start; i < e.End; {
		if c := src[i]; c == '\n' || c == '\r' {
			if !e.inParens {
				if lineEmpty {
					errs.add(Range{i, i}, "a blank line within an annotation", "")
				} else {
					out[len(out)-1] = '\\'
				}
			}
			if c == '\r' && i+1 < len(src) && src[i+1] == '\n' {
				out = append(out, '\r')
				i++
			}
			out = append(out, '\n')
			lineEmpty = true
			i++
			continue
		}
		_, n := utf8.DecodeRune(src[i:])
		out = append(out, ' ')
		lineEmpty = false
		i += n
	}
	if e.statement {
		if len(out)-first >= len("pass") && string(out[first:first+4]) == "    " {
			copy(out[first:], "pass")
		} else {
			out[first] = '0' // no room for pass: use an expression that does nothing
		}
	}
	return out
}

// TypeOf converts an annotation to a type. The error names what is not a type.
func TypeOf(e Expr) (*api.Type, error) {
	switch e := e.(type) {
	case nil:
		return nil, nil
	case *Ident:
		return &api.Type{Name: e.Name}, nil
	case *ParenExpr:
		return TypeOf(e.X)
	case *DotExpr:
		x, err := TypeOf(e.X)
		if err != nil {
			return nil, err
		}
		return &api.Type{Name: x.Name + "." + e.Name.Name}, nil
	case *BinaryExpr:
		if e.Op != syntax.PIPE {
			break
		}
		u := &api.Type{Name: "|"}
		for _, side := range []Expr{e.X, e.Y} {
			m, err := TypeOf(side)
			if err != nil {
				return nil, err
			}
			if m.Name == "|" {
				u.Args = append(u.Args, m.Args...)
			} else {
				u.Args = append(u.Args, m)
			}
		}
		return u, nil
	case *IndexExpr:
		return appliedType(e)
	case *Literal:
		if s, ok := e.Value.(string); ok {
			return nil, fmt.Errorf("%q is a string: write the type without quotes", s)
		}
	}
	return nil, fmt.Errorf("this is not a type")
}

func appliedType(e *IndexExpr) (*api.Type, error) {
	head, ok := e.X.(*Ident)
	if !ok {
		return nil, fmt.Errorf("this is not a type")
	}
	t := &api.Type{Name: head.Name}
	args := []Expr{e.Index}
	if tuple, ok := e.Index.(*TupleExpr); ok {
		args = tuple.List
	}
	for i, a := range args {
		switch a := a.(type) {
		case *EllipsisExpr:
			if t.Name == "Callable" && i == 0 {
				t.AnyParams = true
			} else {
				t.Args = append(t.Args, &api.Type{Name: "..."})
			}
			continue
		case *ListExpr:
			if t.Name != "Callable" || i != 0 {
				return nil, fmt.Errorf("[…] stands for the parameters of Callable only")
			}
			for _, x := range a.List {
				pt, err := TypeOf(x)
				if err != nil {
					return nil, err
				}
				t.Args = append(t.Args, pt)
			}
			continue
		}
		if t.Name == "Literal" {
			s, err := literalSource(a)
			if err != nil {
				return nil, err
			}
			t.Literals = append(t.Literals, s)
			continue
		}
		at, err := TypeOf(a)
		if err != nil {
			return nil, err
		}
		t.Args = append(t.Args, at)
	}
	return t, nil
}

// literalSource returns a member of Literal[…] in one form, whatever its quotes were.
func literalSource(e Expr) (string, error) {
	switch e := e.(type) {
	case *Ident:
		if e.Name == "True" || e.Name == "False" || e.Name == "None" {
			return e.Name, nil
		}
	case *UnaryExpr:
		s, err := literalSource(e.X)
		return e.Op.String() + s, err
	case *Literal:
		switch v := e.Value.(type) {
		case string:
			return syntax.Quote(v, e.Token == syntax.BYTES), nil
		case int64:
			return strconv.FormatInt(v, 10), nil
		case *big.Int:
			return v.String(), nil
		}
	}
	return "", fmt.Errorf("Literal takes strings, bytes, whole numbers, True, False and None")
}
