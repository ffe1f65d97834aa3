package pyrt

import (
	"fmt"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"github.com/gotest-driver/gotest-driver/internal/pyre"
)

// pattern_ is a compiled expression.
type pattern_ struct {
	rt     *Runtime
	re     *pyre.Regexp
	source string
}

func (p *pattern_) String() string        { return "re.compile(" + quoteString(p.source) + ")" }
func (p *pattern_) Type() string          { return "Pattern" }
func (p *pattern_) Freeze()               {}
func (p *pattern_) Truth() starlark.Bool  { return true }
func (p *pattern_) Hash() (uint32, error) { return starlark.String(p.source).Hash() }
func (p *pattern_) AttrNames() []string   { return reFunctions }
func (p *pattern_) Attr(name string) (starlark.Value, error) {
	switch name {
	case "pattern":
		return starlark.String(p.source), nil
	case "flags":
		return starlark.MakeInt(int(p.re.Flags())), nil
	case "groups":
		return starlark.MakeInt(p.re.NumGroups()), nil
	}
	for _, f := range reFunctions {
		if f == name {
			return p.rt.fn(name, func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
				return p.rt.regexp(th, name, append(starlark.Tuple{p}, a...), kw)
			}), nil
		}
	}
	return nil, nil
}

// match is a match of an expression.
type match struct {
	rt *Runtime
	m  *pyre.Match
}

func (m *match) String() string {
	a, b := m.span(0)
	t, _ := m.m.Group(0)
	return fmt.Sprintf("<re.Match object; span=(%d, %d), match=%s>", a, b, quoteString(t))
}
func (m *match) Type() string          { return "Match" }
func (m *match) Freeze()               {}
func (m *match) Truth() starlark.Bool  { return true }
func (m *match) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: Match") }
func (m *match) AttrNames() []string {
	return []string{"end", "group", "groupdict", "groups", "re", "span", "start", "string"}
}

// span counts characters.
func (m *match) span(i int) (int, int) {
	a, b := m.m.Span(i)
	if a < 0 {
		return -1, -1
	}
	return runeLen(m.m.Text()[:a]), runeLen(m.m.Text()[:b])
}

func (m *match) group(i int) starlark.Value {
	if s, ok := m.m.Group(i); ok {
		return starlark.String(s)
	}
	return starlark.None
}

func (m *match) index(v starlark.Value) (int, error) {
	n := -1
	switch v := v.(type) {
	case starlark.String:
		n = m.m.Regexp().GroupIndex(string(v))
	case starlark.Int:
		i, _ := v.Int64()
		n = int(i)
	}
	if n < 0 || n > m.m.Regexp().NumGroups() {
		return 0, m.rt.raise("IndexError", "no such group")
	}
	return n, nil
}

// Get implements match[group].
func (m *match) Get(k starlark.Value) (starlark.Value, bool, error) {
	n, err := m.index(k)
	if err != nil {
		return nil, false, err
	}
	return m.group(n), true, nil
}

func (m *match) Attr(name string) (starlark.Value, error) {
	switch name {
	case "string":
		return starlark.String(m.m.Text()), nil
	case "re":
		return &pattern_{m.rt, m.m.Regexp(), m.m.Regexp().String()}, nil
	case "group", "__getitem__":
		return m.rt.pos(name, 0, -1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return m.group(0), nil
			}
			out := make(starlark.Tuple, len(a))
			for i, v := range a {
				n, err := m.index(v)
				if err != nil {
					return nil, err
				}
				out[i] = m.group(n)
			}
			if len(out) == 1 {
				return out[0], nil
			}
			return out, nil
		}), nil
	case "groups":
		return m.rt.pos(name, 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			out := starlark.Tuple{}
			for i := 1; i <= m.m.Regexp().NumGroups(); i++ {
				v := m.group(i)
				if v == starlark.None && len(a) == 1 {
					v = a[0]
				}
				out = append(out, v)
			}
			return out, nil
		}), nil
	case "groupdict":
		return m.rt.pos(name, 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			d := &starlark.Dict{}
			for i, n := range m.m.Regexp().GroupNames() {
				if n == "" || i == 0 {
					continue
				}
				v := m.group(i)
				if v == starlark.None && len(a) == 1 {
					v = a[0]
				}
				if err := d.SetKey(starlark.String(n), v); err != nil {
					return nil, err
				}
			}
			return d, nil
		}), nil
	case "start", "end", "span":
		return m.rt.pos(name, 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			n := 0
			if len(a) == 1 {
				var err error
				if n, err = m.index(a[0]); err != nil {
					return nil, err
				}
			}
			x, y := m.span(n)
			switch name {
			case "start":
				return starlark.MakeInt(x), nil
			case "end":
				return starlark.MakeInt(y), nil
			}
			return starlark.Tuple{starlark.MakeInt(x), starlark.MakeInt(y)}, nil
		}), nil
	}
	return nil, nil
}

var reFunctions = []string{"search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"}

func (rt *Runtime) reModule() *starlarkstruct.Module {
	m := starlark.StringDict{
		"error":   rt.classes["RegexError"],
		"Pattern": &named{"Pattern"}, "Match": &named{"Match"},
	}
	for name, n := range map[string]pyre.Flags{
		"IGNORECASE": pyre.IgnoreCase, "I": pyre.IgnoreCase, "MULTILINE": pyre.Multiline, "M": pyre.Multiline,
		"DOTALL": pyre.DotAll, "S": pyre.DotAll, "VERBOSE": pyre.Verbose, "X": pyre.Verbose, "ASCII": pyre.ASCII, "A": pyre.ASCII,
		"UNICODE": pyre.Unicode, "U": pyre.Unicode,
	} {
		m[name] = starlark.MakeInt(int(n))
	}
	for _, name := range reFunctions {
		m[name] = rt.fn(name, func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			return rt.regexp(th, name, a, kw)
		})
	}
	m["compile"] = rt.fn("compile", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		args, err := rt.bind("compile", []string{"pattern", "flags"}, a, kw)
		if err != nil {
			return nil, err
		}
		return rt.compile(args[0], args[1])
	})
	m["escape"] = rt.pos("escape", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return starlark.String(pyre.Escape(strArg(a, 0, ""))), nil
	})
	return namespace("re", m)
}

// named is a class that only isinstance knows.
type named struct{ name string }

func (n *named) String() string        { return "<class '" + n.name + "'>" }
func (n *named) Type() string          { return "type" }
func (n *named) Freeze()               {}
func (n *named) Truth() starlark.Bool  { return true }
func (n *named) Hash() (uint32, error) { return starlark.String(n.name).Hash() }
func (n *named) className() string     { return n.name }

func (rt *Runtime) compile(v, flags starlark.Value) (*pattern_, error) {
	if p, ok := v.(*pattern_); ok {
		return p, nil
	}
	s, ok := starlark.AsString(v)
	if b, isBytes := v.(starlark.Bytes); isBytes {
		s, ok = string(b), true
	}
	if !ok {
		return nil, rt.raise("TypeError", "first argument must be string or compiled pattern")
	}
	n := 0
	if flags != nil {
		n, _ = starlark.AsInt32(flags)
	}
	key := fmt.Sprint(n, s)
	if p, ok := rt.patterns.Load(key); ok {
		return p.(*pattern_), nil
	}
	re, err := pyre.Compile(s, pyre.Flags(n))
	if err != nil {
		return nil, rt.raise("RegexError", "%v", err)
	}
	p := &pattern_{rt, re, s}
	rt.patterns.Store(key, p)
	return p, nil
}

// window is the part of a string that the parameters pos and endpos of a pattern's methods leave.
func window(s string, pos, end starlark.Value) (int, string, error) {
	from, err := 0, error(nil)
	if pos != nil {
		if from, err = starlark.AsInt32(pos); err != nil {
			return 0, "", err
		}
	}
	if end != nil {
		n, err := starlark.AsInt32(end)
		if err != nil {
			return 0, "", err
		}
		if r := []rune(s); n < len(r) {
			s = string(r[:max(0, n)])
		}
	}
	return from, s, nil
}

type patternCache = sync.Map

func (rt *Runtime) regexp(th *starlark.Thread, name string, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	names := map[string][]string{"sub": {"pattern", "repl", "string", "count", "flags"}, "subn": {"pattern", "repl", "string", "count", "flags"}, "split": {"pattern", "string", "maxsplit", "flags"}}[name]
	compiled := false
	if len(a) > 0 {
		_, compiled = a[0].(*pattern_)
	}
	switch {
	case names == nil && compiled:
		names = []string{"pattern", "string", "pos", "endpos"}
	case names == nil:
		names = []string{"pattern", "string", "flags"}
	}
	args, err := rt.bind(name, names, a, kw)
	if err != nil {
		return nil, err
	}
	p, err := rt.compile(args[0], args[len(args)-1])
	if err != nil {
		return nil, err
	}
	subject := args[1]
	if names[1] == "repl" {
		subject = args[2]
	}
	s, ok := starlark.AsString(subject)
	if b, isBytes := subject.(starlark.Bytes); isBytes {
		s, ok = string(b), true
	}
	if !ok {
		what := "NoneType"
		if subject != nil {
			what = typeName(subject)
		}
		return nil, rt.raise("TypeError", "expected string or bytes-like object, got '%s'", what)
	}
	one := func(m *pyre.Match, err error) (starlark.Value, error) {
		if err != nil || m == nil {
			return starlark.None, err
		}
		return &match{rt, m}, nil
	}
	pos := 0
	if names[2] == "pos" {
		if pos, s, err = window(s, args[2], args[3]); err != nil {
			return nil, rt.raise("TypeError", "%v", err)
		}
	}
	count := 0
	if names[2] != "pos" && (len(args) > 3 || name == "split") {
		if n := args[len(args)-2]; n != nil {
			if count, err = starlark.AsInt32(n); err != nil {
				return nil, err
			}
		}
	}
	switch name {
	case "search":
		return one(p.re.SearchFrom(s, pos))
	case "match":
		return one(p.re.MatchFrom(s, pos))
	case "fullmatch":
		return one(p.re.FullMatchFrom(s, pos))
	case "findall", "finditer":
		ms, err := p.re.FindAllFrom(s, pos)
		if err != nil {
			return nil, err
		}
		var out []starlark.Value
		for _, m := range ms {
			w := &match{rt, m}
			switch n := p.re.NumGroups(); {
			case name == "finditer":
				out = append(out, w)
			case n == 0:
				out = append(out, w.group(0))
			case n == 1:
				t, _ := m.Group(1)
				out = append(out, starlark.String(t))
			default:
				row := make(starlark.Tuple, n)
				for i := range row {
					t, _ := m.Group(i + 1)
					row[i] = starlark.String(t)
				}
				out = append(out, row)
			}
		}
		if name == "finditer" {
			return rt.iterator(th, starlark.NewList(out))
		}
		return starlark.NewList(out), nil
	case "split":
		var out []starlark.Value
		err := p.re.Split(s, count, func(t string, ok bool) {
			if ok {
				out = append(out, starlark.String(t))
			} else {
				out = append(out, starlark.None)
			}
		})
		return starlark.NewList(out), err
	}
	n := 0
	var expand func(m *pyre.Match) (string, error)
	if r, ok := starlark.AsString(args[1]); ok {
		t, err := p.re.Template(r)
		if err != nil {
			return nil, rt.raise("RegexError", "%v", err)
		}
		expand = func(m *pyre.Match) (string, error) { n++; return t.Expand(m), nil }
	} else {
		expand = func(m *pyre.Match) (string, error) {
			n++
			v, err := starlark.Call(th, args[1], starlark.Tuple{&match{rt, m}}, nil)
			if err != nil {
				return "", err
			}
			t, _ := starlark.AsString(v)
			return t, nil
		}
	}
	out, err := p.re.Sub(s, count, expand)
	if name == "subn" && err == nil {
		return starlark.Tuple{starlark.String(out), starlark.MakeInt(n)}, nil
	}
	return starlark.String(out), err
}
