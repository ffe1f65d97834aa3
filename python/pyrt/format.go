package pyrt

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// str is Python's str(v).
func (rt *Runtime) str(v starlark.Value) (string, error) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), nil
	case *Instance:
		if v.class.isException() {
			return rt.exceptionText(v)
		}
		if f := v.class.find("__str__"); f != nil {
			s, err := rt.call(f, v)
			if err != nil {
				return "", err
			}
			t, _ := starlark.AsString(s)
			return t, nil
		}
		if v.attrs["_name_"] != nil {
			return v.enumText(false)
		}
	case *namedTuple:
		return rt.str(v.instance())
	case texter:
		return v.text(), nil
	}
	return rt.repr(v)
}

// texter is a value of the runtime whose str() differs from its repr().
type texter interface{ text() string }

// repr is Python's repr(v).
func (rt *Runtime) repr(v starlark.Value) (string, error) { return rt.reprIn(v, nil) }

func (rt *Runtime) reprIn(v starlark.Value, path []starlark.Value) (string, error) {
	for _, p := range path {
		if p == v {
			if _, ok := v.(*starlark.Dict); ok {
				return "{...}", nil
			}
			return "[...]", nil
		}
	}
	list := func(open, close string, it starlark.Iterable) (string, error) {
		var b strings.Builder
		b.WriteString(open)
		iter := it.Iterate()
		defer iter.Done()
		var x starlark.Value
		for i := 0; iter.Next(&x); i++ {
			if i > 0 {
				b.WriteString(", ")
			}
			s, err := rt.reprIn(x, append(path, v))
			if err != nil {
				return "", err
			}
			b.WriteString(s)
		}
		b.WriteString(close)
		return b.String(), nil
	}
	switch v := v.(type) {
	case starlark.String:
		return quoteString(string(v)), nil
	case starlark.Bytes:
		return quoteBytes(string(v)), nil
	case starlark.Float:
		return floatText(float64(v)), nil
	case *starlark.List:
		return list("[", "]", v)
	case starlark.Tuple:
		if len(v) == 1 {
			s, err := rt.reprIn(v[0], nil)
			return "(" + s + ",)", err
		}
		var parts []string
		for _, x := range v {
			s, err := rt.reprIn(x, path)
			if err != nil {
				return "", err
			}
			parts = append(parts, s)
		}
		return "(" + strings.Join(parts, ", ") + ")", nil
	case *starlark.Set:
		if v.Len() == 0 {
			return "set()", nil
		}
		return list("{", "}", v)
	case *frozenSet:
		if v.Len() == 0 {
			return "frozenset()", nil
		}
		return list("frozenset({", "})", v)
	case *defaultDict:
		if v.counter {
			return rt.counterText(v, path)
		}
		s, err := rt.reprIn(v.Dict, path)
		f := "None"
		if v.factory != starlark.None {
			f = v.factory.String()
			if b, ok := v.factory.(*starlark.Builtin); ok {
				f = "<class '" + b.Name() + "'>"
			}
		}
		return "defaultdict(" + f + ", " + s + ")", err
	case *starlark.Dict:
		var b strings.Builder
		b.WriteByte('{')
		for i, kv := range v.Items() {
			if i > 0 {
				b.WriteString(", ")
			}
			k, err := rt.reprIn(kv[0], append(path, v))
			if err != nil {
				return "", err
			}
			x, err := rt.reprIn(kv[1], append(path, v))
			if err != nil {
				return "", err
			}
			b.WriteString(k + ": " + x)
		}
		b.WriteByte('}')
		return b.String(), nil
	case *Instance:
		if f := v.class.find("__repr__"); f != nil {
			s, err := rt.call(f, v)
			if err != nil {
				return "", err
			}
			t, _ := starlark.AsString(s)
			return t, nil
		}
		if v.class.isException() {
			args, _ := v.attrs["args"].(starlark.Tuple)
			if len(args) == 1 {
				s, err := rt.repr(args[0])
				return v.class.name + "(" + s + ")", err
			}
			s, err := rt.repr(args)
			return v.class.name + s, err
		}
		return rt.objectRepr(v, path)
	case *namedTuple:
		return rt.reprIn(v.instance(), path)
	case *starlark.Builtin:
		if builtinTypes[v.Name()] != "" {
			return "<class '" + v.Name() + "'>", nil
		}
		return "<built-in function " + v.Name() + ">", nil
	}
	if s := v.String(); v.Type() == "range" && !strings.Contains(s, ",") {
		return "range(0, " + strings.TrimPrefix(s, "range("), nil
	}
	return v.String(), nil
}

// objectRepr is what object.__repr__ and that of dataclasses and enumerations give.
func (rt *Runtime) objectRepr(o *Instance, path []starlark.Value) (string, error) {
	if o.attrs["_name_"] != nil {
		return o.enumText(true)
	}
	if d := o.class.dataOf(); d == nil || d.noRepr {
		return "<__main__." + o.class.name + " object>", nil
	}
	var parts []string
	for _, f := range o.class.allFields() {
		v := o.attrs[f.name]
		if f.spec != nil && f.spec.noRepr || v == nil {
			continue
		}
		s, err := rt.reprIn(v, append(path, o))
		if err != nil {
			return "", err
		}
		parts = append(parts, f.name+"="+s)
	}
	return o.class.name + "(" + strings.Join(parts, ", ") + ")", nil
}

// floatText is repr of a float.
func floatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	exp, _ := strconv.Atoi(s[strings.IndexByte(s, 'e')+1:])
	if exp < -4 || exp >= 16 {
		return pythonExp(s)
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// pythonExp writes the exponent with at least two digits, as Go does already.
func pythonExp(s string) string { return s }

// quoteString is repr of a str.
func quoteString(s string) string {
	q := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.WriteRune(q)
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\udc%02x`, s[i])
		case r == q || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 32 || r >= 127 && r < 256 && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 255 && !unicode.IsPrint(r):
			if r > 0xffff {
				fmt.Fprintf(&b, `\U%08x`, r)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteRune(q)
	return b.String()
}

func quoteBytes(s string) string {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.WriteByte('b')
	b.WriteByte(q)
	for i := range len(s) {
		switch c := s[i]; {
		case c == q || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < 32 || c >= 127:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(q)
	return b.String()
}

// counterText is repr of a Counter: the most frequent values first.
func (rt *Runtime) counterText(v *defaultDict, path []starlark.Value) (string, error) {
	if v.Len() == 0 {
		return "Counter()", nil
	}
	items := v.Items()
	var failed error
	sort.SliceStable(items, func(i, j int) bool {
		more, err := starlark.Compare(syntax.GT, items[i][1], items[j][1])
		if err != nil {
			failed = err
		}
		return more
	})
	d := starlark.NewDict(len(items))
	for _, kv := range items {
		if err := d.SetKey(kv[0], kv[1]); err != nil {
			return "", err
		}
	}
	if failed != nil {
		d = v.Dict
	}
	s, err := rt.reprIn(d, path)
	return "Counter(" + s + ")", err
}
