package script

import (
	"strings"
	"sync"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// TypeName returns the name of a value's type as users know it from annotations: "str", "None", "Callable", "Machine".
func TypeName(v starlark.Value) string {
	switch v.(type) {
	case starlark.String:
		return "str"
	case starlark.NoneType:
		return "None"
	case starlark.Callable:
		return "function"
	}
	return v.Type()
}

// conforms reports whether a value belongs to a declared type. It also checks elements of lists and dicts.
func conforms(v starlark.Value, t *api.Type) bool {
	if t == nil {
		return true
	}
	switch t.Name {
	case "|":
		for _, a := range t.Args {
			if conforms(v, a) {
				return true
			}
		}
		return false
	case "Any", "object":
		return true
	case "None":
		return v == starlark.None
	case "bool":
		_, ok := v.(starlark.Bool)
		return ok
	case "int":
		i, ok := v.(starlark.Int)
		if ok {
			_, ok = i.Int64()
		}
		return ok
	case "float":
		switch v.(type) {
		case starlark.Int, starlark.Float:
			return true
		}
		return false
	case "str":
		_, ok := v.(starlark.String)
		return ok
	case "bytes":
		_, ok := v.(starlark.Bytes)
		return ok
	case "time.duration":
		_, ok := v.(startime.Duration)
		return ok
	case "time.time":
		_, ok := v.(startime.Time)
		return ok
	case "list":
		l, ok := v.(*starlark.List)
		return ok && each(l, arg(t, 0))
	case "set":
		s, ok := v.(*starlark.Set)
		return ok && each(s, arg(t, 0))
	case "tuple":
		return tupleConforms(v, t)
	case "dict":
		return dictConforms(v, t)
	case "Callable":
		_, ok := v.(starlark.Callable)
		return ok
	case "Iterable", "Iterator":
		it, ok := v.(starlark.Iterable)
		return ok && each(it, arg(t, 0))
	case "Literal":
		return literalConforms(v, t)
	}
	if al := api.Load().Alias(t.Name); al != nil {
		return conforms(v, al.Type)
	}
	name := t.Name
	if api.Load().IsMachine(name) {
		name = "Machine"
	}
	if api.Load().Class(name) != nil {
		o := AsObject(v)
		return o != nil && o.class.decl.Name == name
	}
	return true // a type variable
}

func arg(t *api.Type, i int) *api.Type {
	if i < len(t.Args) {
		return t.Args[i]
	}
	return nil
}

func anyType(t *api.Type) bool { return t == nil || t.Name == "Any" || t.Name == "object" }

func each(it starlark.Iterable, t *api.Type) bool {
	if anyType(t) {
		return true
	}
	if _, ok := it.(starlark.Sequence); !ok {
		return true // checking would consume it
	}
	for v := range starlark.Elements(it) {
		if !conforms(v, t) {
			return false
		}
	}
	return true
}

func tupleConforms(v starlark.Value, t *api.Type) bool {
	tup, ok := v.(starlark.Tuple)
	if !ok || len(t.Args) == 0 {
		return ok
	}
	if len(t.Args) == 2 && t.Args[1].Name == "..." {
		return each(tup, t.Args[0])
	}
	if len(tup) != len(t.Args) {
		return false
	}
	for i, e := range tup {
		if !conforms(e, t.Args[i]) {
			return false
		}
	}
	return true
}

func dictConforms(v starlark.Value, t *api.Type) bool {
	d, ok := v.(starlark.IterableMapping)
	if !ok || len(t.Args) < 2 {
		return ok
	}
	if k := t.Args[0]; anyType(k) && anyType(t.Args[1]) {
		return true
	}
	for _, item := range d.Items() {
		if !conforms(item[0], t.Args[0]) || !conforms(item[1], t.Args[1]) {
			return false
		}
	}
	return true
}

func literalConforms(v starlark.Value, t *api.Type) bool {
	for _, l := range t.Literals {
		if x, err := constant(l); err == nil {
			if eq, err := starlark.Equal(x, v); err == nil && eq && x.Type() == v.Type() {
				return true
			}
		}
	}
	return false
}

// duration converts a number of seconds or a time.duration. ok is false for other values.
func duration(v starlark.Value) (d time.Duration, ok bool) {
	switch v := v.(type) {
	case startime.Duration:
		return time.Duration(v), true
	case starlark.Int, starlark.Float:
		f, _ := starlark.AsFloat(v)
		switch s := f * float64(time.Second); {
		case s != s: // not a number
			return 0, false
		case s < float64(1<<63-1):
			return time.Duration(s), true
		}
		return 1<<63 - 1, true
	}
	return 0, false
}

var constants sync.Map // source → starlark.Value

// constant evaluates a default value's source, once for each source. Its value is frozen.
func constant(src string) (starlark.Value, error) {
	if v, ok := constants.Load(src); ok {
		return v.(starlark.Value), nil
	}
	v, err := starlark.EvalOptions(dialect.Options(), &starlark.Thread{Name: "default"}, "default", src, nil)
	if err != nil {
		return nil, err
	}
	v.Freeze()
	constants.Store(src, v)
	return v, nil
}

// describe returns a value for a message, cut when it is long.
func describe(v starlark.Value) string {
	s := v.String()
	if r := []rune(s); len(r) > 80 {
		s = string(r[:77]) + "…"
	}
	return strings.ReplaceAll(s, "\n", `\n`)
}
