package pyrt

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// element is an Element of xml.etree.ElementTree, to be read.
type element struct {
	rt         *Runtime
	tag        string
	attrib     *starlark.Dict
	text, tail starlark.Value
	children   []*element
}

func (e *element) String() string             { return "<Element " + quoteString(e.tag) + ">" }
func (e *element) Type() string               { return "Element" }
func (e *element) Freeze()                    {}
func (e *element) Truth() starlark.Bool       { return len(e.children) > 0 }
func (e *element) Hash() (uint32, error)      { return starlark.String(fmt.Sprintf("%p", e)).Hash() }
func (e *element) Len() int                   { return len(e.children) }
func (e *element) Index(i int) starlark.Value { return e.children[i] }
func (e *element) Iterate() starlark.Iterator { return e.list(e.children).Iterate() }
func (e *element) AttrNames() []string {
	return []string{"attrib", "find", "findall", "findtext", "get", "items", "iter", "iterfind", "itertext", "keys", "tag", "tail", "text"}
}

func (e *element) list(xs []*element) *starlark.List {
	out := make([]starlark.Value, len(xs))
	for i, x := range xs {
		out[i] = x
	}
	return starlark.NewList(out)
}

func (rt *Runtime) parseXML(v starlark.Value) (starlark.Value, error) {
	s, ok := textOf(v)
	if !ok {
		return nil, rt.raise("TypeError", "a bytes-like object is required, not '%s'", typeName(v))
	}
	d := xml.NewDecoder(strings.NewReader(s))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var root *element
	var stack []*element
	name := func(n xml.Name) string {
		if n.Space != "" {
			return "{" + n.Space + "}" + n.Local
		}
		return n.Local
	}
	var last *element // the element whose end was read last in the current one
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, rt.raise("ParseError", "%v", err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			e := &element{rt: rt, tag: name(t.Name), attrib: &starlark.Dict{}, text: starlark.None, tail: starlark.None}
			for _, a := range t.Attr {
				if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
					continue
				}
				if err := e.attrib.SetKey(starlark.String(name(a.Name)), starlark.String(a.Value)); err != nil {
					return nil, err
				}
			}
			switch {
			case len(stack) > 0:
				top := stack[len(stack)-1]
				top.children = append(top.children, e)
			case root != nil:
				line, col := d.InputPos()
				return nil, rt.raise("ParseError", "junk after document element: line %d, column %d", line, col)
			default:
				root = e
			}
			stack, last = append(stack, e), nil
		case xml.EndElement:
			last = stack[len(stack)-1]
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) == 0 {
				if root != nil && strings.TrimSpace(string(t)) != "" {
					return nil, rt.raise("ParseError", "junk after document element")
				}
				continue
			}
			at := &stack[len(stack)-1].text
			if last != nil {
				at = &last.tail
			}
			old, _ := starlark.AsString(*at)
			*at = starlark.String(old + string(t))
		}
	}
	if root == nil {
		return nil, rt.raise("ParseError", "no element found: line 1, column 0")
	}
	return root, nil
}

// walk visits e and everything below it.
func (e *element) walk(visit func(*element)) {
	visit(e)
	for _, c := range e.children {
		c.walk(visit)
	}
}

// Attr gives what Element has for reading.
func (e *element) Attr(attr string) (starlark.Value, error) {
	rt := e.rt
	found := func(fn string, then func(xs []*element, rest []starlark.Value) (starlark.Value, error)) starlark.Value {
		names := []string{"path", "namespaces"}
		if fn == "findtext" {
			names = []string{"path", "default", "namespaces"}
		}
		return rt.fn(fn, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			args, err := rt.bind(fn, names, a, kw)
			if err != nil {
				return nil, err
			}
			path, ok := starlark.AsString(valueOr(args[0], starlark.None))
			if !ok {
				return nil, rt.raise("TypeError", "%s() needs a path", fn)
			}
			xs, err := e.search(path, args[len(args)-1])
			if err != nil {
				return nil, err
			}
			return then(xs, args[1:])
		})
	}
	switch attr {
	case "tag":
		return starlark.String(e.tag), nil
	case "attrib":
		return e.attrib, nil
	case "text":
		return e.text, nil
	case "tail":
		return e.tail, nil
	case "get", "items", "keys":
		return rt.fn(attr, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if d, ok := kwarg(kw, "default"); ok {
				a, kw = append(a, d), nil
			}
			m, err := e.attrib.Attr(attr)
			if err != nil {
				return nil, err
			}
			return starlark.Call(rt.thread, m, a, kw)
		}), nil
	case "find":
		return found(attr, func(xs []*element, _ []starlark.Value) (starlark.Value, error) {
			if len(xs) == 0 {
				return starlark.None, nil
			}
			return xs[0], nil
		}), nil
	case "findall", "iterfind":
		return found(attr, func(xs []*element, _ []starlark.Value) (starlark.Value, error) { return e.list(xs), nil }), nil
	case "findtext":
		return found(attr, func(xs []*element, rest []starlark.Value) (starlark.Value, error) {
			switch {
			case len(xs) == 0:
				return valueOr(rest[0], starlark.None), nil
			case xs[0].text == starlark.None:
				return starlark.String(""), nil
			}
			return xs[0].text, nil
		}), nil
	case "iter":
		return rt.pos(attr, 0, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			tag := strArg(a, 0, "*")
			var xs []*element
			e.walk(func(x *element) {
				if tag == "*" || x.tag == tag {
					xs = append(xs, x)
				}
			})
			return rt.iterator(th, e.list(xs))
		}), nil
	case "itertext":
		return rt.pos(attr, 0, 0, func(th *starlark.Thread, _ starlark.Tuple) (starlark.Value, error) {
			var out []starlark.Value
			add := func(v starlark.Value) {
				if v != starlark.None {
					out = append(out, v)
				}
			}
			var visit func(*element)
			visit = func(x *element) {
				add(x.text)
				for _, c := range x.children {
					visit(c)
					add(c.tail)
				}
			}
			visit(e)
			return rt.iterator(th, starlark.NewList(out))
		}), nil
	}
	return nil, nil
}

func valueOr(v, def starlark.Value) starlark.Value {
	if v == nil {
		return def
	}
	return v
}

// elementTree is an ElementTree: a document.
type elementTree struct{ *element }

func (t *elementTree) Type() string { return "ElementTree" }

// Attr adds getroot.
func (t *elementTree) Attr(name string) (starlark.Value, error) {
	switch name {
	case "getroot":
		return t.rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return t.element, nil }), nil
	case "find", "findall", "findtext", "iter", "iterfind":
		return t.element.Attr(name)
	}
	return nil, nil
}

func (rt *Runtime) xmlModule() *starlarkstruct.Module {
	parse := func(name string) *starlark.Builtin {
		return rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.parseXML(a[0]) })
	}
	tree := namespace("ElementTree", starlark.StringDict{
		"fromstring": parse("fromstring"), "XML": parse("XML"), "ParseError": rt.classes["ParseError"],
		"ElementTree": rt.pos("ElementTree", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			e, ok := a[0].(*element)
			if !ok {
				return nil, rt.raise("TypeError", "expected an Element, not %s", typeName(a[0]))
			}
			return &elementTree{e}, nil
		}),
		"Element": &named{"Element"},
	})
	return namespace("xml", starlark.StringDict{"etree": namespace("etree", starlark.StringDict{"ElementTree": tree})})
}
