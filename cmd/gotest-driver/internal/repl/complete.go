package repl

import (
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
)

var keywords = []string{"and", "break", "continue", "def", "elif", "else", "for", "if", "in", "lambda", "load", "not", "or", "pass", "return",
	"True", "False", "None"}

// CompleteNames proposes names at a byte offset of a text: globals, attributes of the value before a dot, parameters of the
// enclosing call.
func CompleteNames(globals starlark.StringDict, text string, pos int) Proposals {
	before := text[:pos]
	if inString(before) {
		return Proposals{}
	}
	word := before[len(strings.TrimRightFunc(before, nameRune)):]
	p := Proposals{Prefix: word}
	rest := before[:len(before)-len(word)]
	callee := calleeOf(rest)
	if fn, ok := lookup(globals, callee); ok && callee != "" {
		p.Hint = signature(callee, fn)
		if !strings.HasSuffix(rest, ".") {
			p.Items = append(p.Items, parameters(fn, word)...)
		}
	}
	if path, ok := strings.CutSuffix(rest, "."); ok {
		path = path[len(strings.TrimRightFunc(path, func(r rune) bool { return nameRune(r) || r == '.' })):]
		if v, ok := lookup(globals, path); ok {
			p.Items = append(p.Items, attributes(v, word)...)
		}
		return p
	}
	p.Items = append(p.Items, names(globals, word)...)
	return p
}

func nameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// inString reports whether the text ends within a string or a comment.
func inString(text string) bool {
	var s scan
	lines := strings.Split(text, "\n")
	for _, l := range lines[:len(lines)-1] {
		s.line(l)
	}
	last := lines[len(lines)-1]
	if s.quote != "" {
		s.line(last)
		return s.quote != ""
	}
	q := byte(0)
	for i := 0; i < len(last); i++ {
		switch c := last[i]; {
		case q != 0 && c == '\\':
			i++
		case q != 0 && c == q:
			q = 0
		case q == 0 && (c == '"' || c == '\''):
			q = c
		case q == 0 && c == '#':
			return true
		}
	}
	return q != 0
}

// calleeOf returns the dotted name of the function before the innermost open bracket, empty when there is none.
func calleeOf(text string) string {
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case ')', ']', '}':
			depth++
		case '(', '[', '{':
			if depth > 0 {
				depth--
				continue
			}
			if text[i] != '(' {
				return ""
			}
			head := text[:i]
			return head[len(strings.TrimRightFunc(head, func(r rune) bool { return nameRune(r) || r == '.' })):]
		}
	}
	return ""
}

// lookup returns the value of a dotted name without calling anything.
func lookup(globals starlark.StringDict, path string) (starlark.Value, bool) {
	if path == "" {
		return nil, false
	}
	parts := strings.Split(path, ".")
	v := globals[parts[0]]
	if v == nil {
		v = starlark.Universe[parts[0]]
	}
	for _, name := range parts[1:] {
		h, ok := v.(starlark.HasAttrs)
		if !ok {
			return nil, false
		}
		var err error
		if v, err = h.Attr(name); err != nil {
			return nil, false
		}
	}
	return v, v != nil
}

func names(globals starlark.StringDict, word string) []Proposal {
	var out []Proposal
	add := func(name, kind, doc string) {
		if strings.HasPrefix(name, word) {
			out = append(out, Proposal{Text: name, Kind: kind, Doc: doc})
		}
	}
	for _, n := range globals.Keys() {
		v := globals[n]
		add(n, kindOf(v), summary(n, v))
	}
	for _, n := range starlark.Universe.Keys() {
		if globals[n] == nil && !slices.Contains(keywords, n) {
			add(n, "functions", summary(n, starlark.Universe[n]))
		}
	}
	for _, k := range keywords {
		add(k, "keywords", "")
	}
	return out
}

func kindOf(v starlark.Value) string {
	switch v := v.(type) {
	case *script.Module:
		return "modules"
	case starlark.Callable:
		return "functions"
	case *script.Object:
		if v.Class().Name == "Machine" {
			return "machines"
		}
	}
	if v.Type() == "module" {
		return "modules"
	}
	return "variables"
}

func attributes(v starlark.Value, word string) []Proposal {
	h, ok := v.(starlark.HasAttrs)
	if !ok {
		return nil
	}
	var out []Proposal
	for _, n := range h.AttrNames() {
		if !strings.HasPrefix(n, word) {
			continue
		}
		it := Proposal{Text: n, Kind: "attributes"}
		if f := declared(v, n); f != nil {
			it.Kind, it.Doc = "methods", describe(f)
		} else if a := declaredAttribute(v, n); a != nil {
			it.Doc = a.Type.String() + ": " + firstLine(a.Doc)
		}
		out = append(out, it)
	}
	return out
}

// declared returns the declaration of a value's method or a module's function, nil when there is none.
func declared(v starlark.Value, name string) *api.Function {
	if o := script.AsObject(v); o != nil {
		return o.Class().Method(name)
	}
	if m := moduleOf(v); m != nil {
		return m.Function(name)
	}
	for _, c := range api.Load().Starlark.Classes {
		if c.Name == typeName(v) {
			return c.Method(name)
		}
	}
	return nil
}

func declaredAttribute(v starlark.Value, name string) *api.Variable {
	if o := script.AsObject(v); o != nil {
		return o.Class().Attribute(name)
	}
	if m := moduleOf(v); m != nil {
		return m.Variable(name)
	}
	return nil
}

// moduleOf returns the declaration of a module, nil for other values.
func moduleOf(v starlark.Value) *api.Module {
	if m, ok := v.(interface{ Module() *api.Module }); ok {
		return m.Module()
	}
	if v.Type() == "module" {
		name := strings.TrimSuffix(strings.TrimPrefix(v.String(), "<module \""), "\">")
		for _, m := range api.Load().Starlark.Modules {
			if m.Name == name {
				return m
			}
		}
	}
	return nil
}

// typeName returns the name of a value's type in the declarations.
func typeName(v starlark.Value) string {
	if v.Type() == "string" {
		return "str"
	}
	return v.Type()
}

// functionOf returns the declaration of a function, nil for functions of the script.
func functionOf(v starlark.Value) *api.Function {
	switch f := v.(type) {
	case *script.Builtin:
		return f.Function()
	case *starlark.Builtin:
		if f.Receiver() != nil {
			return declared(f.Receiver(), f.Name())
		}
		for _, d := range api.Load().Starlark.Functions {
			if d.Name == f.Name() {
				return d
			}
		}
	}
	return nil
}

// parameters proposes the names of parameters that begin with word.
func parameters(fn starlark.Value, word string) []Proposal {
	var out []Proposal
	add := func(name, doc string) {
		if strings.HasPrefix(name, word) {
			out = append(out, Proposal{Text: name + " = ", Doc: doc, Kind: "parameters"})
		}
	}
	if f := functionOf(fn); f != nil {
		for _, p := range f.Params {
			if p.Kind == api.VarArgs || p.Kind == api.KwArgs || p.PositionalOnly {
				continue
			}
			doc := p.Type.String()
			if p.Default != "" {
				doc += " = " + p.Default
			}
			add(p.Name, doc)
		}
	} else if f, ok := fn.(*starlark.Function); ok {
		for i := range f.NumParams() {
			name, _ := f.Param(i)
			add(name, "")
		}
	}
	return out
}

// signature returns a function's signature.
func signature(name string, v starlark.Value) string {
	if f := functionOf(v); f != nil {
		return f.Signature()
	}
	f, ok := v.(*starlark.Function)
	if !ok {
		return ""
	}
	var ps []string
	for i := range f.NumParams() {
		p, _ := f.Param(i)
		if d := f.ParamDefault(i); d != nil {
			p += " = " + d.String()
		}
		ps = append(ps, p)
	}
	return name + "(" + strings.Join(ps, ", ") + ")"
}

// summary returns a line about a value.
func summary(name string, v starlark.Value) string {
	if f := functionOf(v); f != nil {
		return describe(f)
	}
	if m := moduleOf(v); m != nil {
		return firstLine(m.Doc)
	}
	if f, ok := v.(*starlark.Function); ok {
		if d := firstLine(strings.TrimSpace(f.Doc())); d != "" {
			return signature(name, f) + "  " + d
		}
		return signature(name, f)
	}
	return shorten(v.String(), 60)
}

// describe returns a short signature, without types, and the first line of the documentation.
func describe(f *api.Function) string {
	var ps []string
	for _, p := range f.Params {
		name := p.Name
		switch {
		case p.Name == "attempt_timeout":
			continue
		case p.Kind == api.VarArgs:
			name = "*" + name
		case p.Kind == api.KwArgs:
			name = "**" + name
		case p.Default != "":
			name += "=" + p.Default
		}
		ps = append(ps, name)
	}
	sig := "(" + shorten(strings.Join(ps, ", "), 40) + ")"
	return sig + "  " + firstLine(f.Doc)
}

func firstLine(s string) string {
	l, _, _ := strings.Cut(s, "\n")
	return l
}

func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
