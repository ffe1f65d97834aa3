package dialect

import (
	"fmt"
	"math/big"
	"reflect"
	"sort"
	"strings"
	"unicode/utf8"

	"go.starlark.net/syntax"
)

// Equal reports whether two files are the same program: the same tree apart from positions, comments, parentheses that
// only group, and the form of literals.
func Equal(a, b *File) bool { return equalValues(reflect.ValueOf(a.Stmts), reflect.ValueOf(b.Stmts)) }

func equalValues(a, b reflect.Value) bool {
	a, b = ungroup(a), ungroup(b)
	if a.IsValid() != b.IsValid() {
		return false
	}
	if !a.IsValid() {
		return true
	}
	if a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		if n, ok := a.Interface().(*big.Int); ok {
			return n.Cmp(b.Interface().(*big.Int)) == 0
		}
		return equalValues(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equalValues(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			switch f := a.Type().Field(i); {
			case f.Type == reflect.TypeOf(Range{}), f.Name == "Raw", f.Name == "Lparen", f.Name == "Rparen", f.Name == "isExpr", f.Name == "isStmt":
			case f.Name == "Value" && f.Type.Kind() == reflect.Interface && f.Type.NumMethod() == 0:
				if fmt.Sprint(a.Field(i)) != fmt.Sprint(b.Field(i)) {
					return false
				}
			case !equalValues(a.Field(i), b.Field(i)):
				return false
			}
		}
		return true
	}
	return a.Interface() == b.Interface()
}

// ungroup returns the value inside an interface or parentheses.
func ungroup(v reflect.Value) reflect.Value {
	for {
		if v.Kind() == reflect.Interface {
			v = v.Elem()
			continue
		}
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			if p, ok := v.Interface().(*ParenExpr); ok {
				v = reflect.ValueOf(p.X)
				continue
			}
		}
		return v
	}
}

// HiddenLiterals returns the literals that buildtools refuses, in the order of the source: bytes, strings and numbers
// in annotations, and strings in single quotes with text beyond ASCII, which it would write with escapes that Starlark
// refuses.
func HiddenLiterals(f *File) []Expr {
	var out []Expr
	var walk func(v reflect.Value, inType bool)
	walk = func(v reflect.Value, inType bool) {
		switch v.Kind() {
		case reflect.Interface, reflect.Pointer:
			if v.IsNil() {
				return
			}
			if l, ok := v.Interface().(*Literal); ok && (inType || l.Token == syntax.BYTES || singleQuoted(f, l)) {
				out = append(out, l)
				return
			}
			if _, ok := v.Interface().(*big.Int); ok {
				return
			}
			if u, ok := v.Interface().(*UnaryExpr); ok && inType {
				out = append(out, u)
				return
			}
			walk(v.Elem(), inType)
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i), inType)
			}
		case reflect.Struct:
			name := v.Type().Name()
			for i := range v.NumField() {
				field := v.Type().Field(i).Name
				annotation := field == "Type" || field == "Result" && name == "DefStmt"
				walk(v.Field(i), inType || annotation)
			}
		}
	}
	walk(reflect.ValueOf(f.Stmts), false)
	sort.Slice(out, func(i, j int) bool { return out[i].Span().Start < out[j].Span().Start })
	return out
}

// singleQuoted reports whether a literal is a string in single quotes with text beyond ASCII.
func singleQuoted(f *File, l *Literal) bool {
	r := l.Span()
	text := strings.TrimPrefix(string(f.Source[r.Start:r.End]), "r")
	return l.Token == syntax.STRING && strings.HasPrefix(text, "'") &&
		strings.ContainsFunc(text, func(c rune) bool { return c >= utf8.RuneSelf })
}
