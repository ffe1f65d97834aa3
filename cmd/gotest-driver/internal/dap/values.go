package dap

import (
	"fmt"
	"maps"
	"slices"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
)

// container is a value with parts that the editor can show.
type container interface {
	// count returns the numbers of parts with names and of parts with an index; one of them is 0.
	count() (named, indexed int)
	// children returns the parts; filter is "named", "indexed" or empty for both.
	children(filter string) []child
}

// child is a part.
type child struct {
	name  string
	expr  string // an expression with this value
	value starlark.Value
}

// scope is the variables of a scope.
type scope starlark.StringDict

func (c scope) count() (named, indexed int) { return len(c), 0 }

func (c scope) children(filter string) (out []child) {
	if filter == "indexed" {
		return nil
	}
	for _, n := range slices.Sorted(maps.Keys(c)) {
		out = append(out, child{n, n, c[n]})
	}
	return out
}

// sequence is a list, a tuple or a set.
type sequence struct {
	starlark.Sequence
	expr string
}

func (c sequence) count() (named, indexed int) { return 0, c.Len() }

func (c sequence) children(filter string) (out []child) {
	if filter == "named" {
		return nil
	}
	_, indexable := c.Sequence.(starlark.Indexable)
	i := 0
	for v := range starlark.Elements(c) {
		expr := ""
		if indexable && c.expr != "" {
			expr = fmt.Sprintf("%s[%d]", c.expr, i)
		}
		out = append(out, child{fmt.Sprintf("[%d]", i), expr, v})
		i++
	}
	return out
}

// mapping is a dict.
type mapping struct {
	starlark.IterableMapping
	expr string
}

func (c mapping) count() (named, indexed int) { return len(c.Items()), 0 }

func (c mapping) children(filter string) (out []child) {
	if filter == "indexed" {
		return nil
	}
	for _, item := range c.Items() {
		expr := ""
		switch item[0].(type) {
		case starlark.String, starlark.Int, starlark.Bool, starlark.Float:
			if c.expr != "" {
				expr = c.expr + "[" + item[0].String() + "]"
			}
		}
		out = append(out, child{repl.ShowValue(item[0], false), expr, item[1]})
	}
	return out
}

// object is a struct, a machine or another value with attributes. Functions are not shown.
type object []child

func (c object) count() (named, indexed int) { return len(c), 0 }

func (c object) children(filter string) []child {
	if filter == "indexed" {
		return nil
	}
	return c
}

// parts returns the parts of the value of expr, nil if it has none.
func parts(v starlark.Value, expr string) container {
	switch v := v.(type) {
	case starlark.String, starlark.Bytes:
		return nil
	case starlark.IterableMapping:
		return mapping{v, expr}
	case starlark.Sequence:
		return sequence{v, expr}
	case starlark.HasAttrs:
		var out object
		for _, name := range v.AttrNames() {
			a, err := v.Attr(name)
			if err != nil || a == nil || isFunction(a) {
				continue
			}
			e := ""
			if expr != "" {
				e = expr + "." + name
			}
			out = append(out, child{name, e, a})
		}
		return out
	}
	return nil
}

// isFunction reports whether a value is a function, not an object that can be called.
func isFunction(v starlark.Value) bool {
	_, callable := v.(starlark.Callable)
	_, object := v.(starlark.HasAttrs)
	return callable && !object
}

// briefValue limits a value in a list of variables, in runes.
const briefValue = 300

func brief(v starlark.Value) string {
	s := repl.ShowValue(v, false)
	if r := []rune(s); len(r) > briefValue {
		return string(r[:briefValue]) + "…"
	}
	return s
}
