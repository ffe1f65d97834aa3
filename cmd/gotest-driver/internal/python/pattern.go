package python

import (
	"reflect"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// pattern is Python code in which a name of one capital letter matches any expression; if it matches a name, it must be the
// same name in all places.
type pattern []syntax.Stmt

// newPattern returns a function that returns the pattern, which is parsed when it is first needed.
func newPattern(src string) func() pattern {
	return sync.OnceValue(func() pattern {
		f, err := syntax.Parse("pattern", src)
		if err != nil {
			panic(err)
		}
		return f.Body
	})
}

// match returns the expressions that the names match if statements begin with the pattern, else nil.
func (p pattern) match(body ...syntax.Stmt) map[string]syntax.Expr {
	found := map[string]syntax.Expr{}
	if len(body) < len(p) || !alike(reflect.ValueOf([]syntax.Stmt(p)), reflect.ValueOf(body[:len(p)]), found) {
		return nil
	}
	return found
}

// alike compares a part of a pattern with one of a script, ignoring positions and quotes.
func alike(p, n reflect.Value, found map[string]syntax.Expr) bool {
	switch p.Kind() {
	case reflect.Interface:
		if p.IsNil() || n.IsNil() {
			return p.IsNil() && n.IsNil()
		}
		name, ok := p.Interface().(*syntax.Name)
		x, isExpr := n.Interface().(syntax.Expr)
		if ok && isExpr && len(name.ID) == 1 && name.ID == strings.ToUpper(name.ID) {
			before := found[name.ID]
			found[name.ID] = x
			a, _ := before.(*syntax.Name)
			b, _ := x.(*syntax.Name)
			return before == nil || a != nil && b != nil && a.ID == b.ID
		}
		return p.Elem().Type() == n.Elem().Type() && alike(p.Elem().Elem(), n.Elem().Elem(), found)
	case reflect.Slice:
		for i := range min(p.Len(), n.Len()) {
			if !alike(p.Index(i), n.Index(i), found) {
				return false
			}
		}
		return p.Len() == n.Len()
	case reflect.Struct:
		for i := range p.NumField() {
			switch f := p.Type().Field(i); {
			case f.Type == reflect.TypeFor[syntax.Span](), strings.HasSuffix(f.Name, "Pos"), f.Name == "Quote", f.Name == "Text":
			case !alike(p.Field(i), n.Field(i), found):
				return false
			}
		}
		return true
	case reflect.Pointer:
		return alike(p.Elem(), n.Elem(), found)
	}
	return p.Equal(n)
}
