package pyrt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

func (rt *Runtime) jsonModule() *starlarkstruct.Module {
	loads := func(v starlark.Value) (starlark.Value, error) {
		s, ok := textOf(v)
		if !ok {
			return nil, rt.raise("TypeError", "the JSON object must be str, bytes or bytearray, not %s", typeName(v))
		}
		return rt.parseJSON(s)
	}
	dumps := func(a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		w := jsonWriter{rt: rt, comma: ", ", colon: ": ", ascii: true}
		for _, kv := range kw {
			switch string(kv[0].(starlark.String)) {
			case "indent":
				switch n := kv[1].(type) {
				case starlark.Int:
					i, _ := n.Int64()
					w.indent, w.pretty, w.comma = strings.Repeat(" ", int(max(i, 0))), true, ","
				case starlark.String:
					w.indent, w.pretty, w.comma = string(n), true, ","
				}
			case "sort_keys":
				w.sort = bool(kv[1].Truth())
			case "ensure_ascii":
				w.ascii = bool(kv[1].Truth())
			case "default":
				w.fallback = kv[1]
			case "separators":
				if t, ok := kv[1].(starlark.Tuple); ok && len(t) == 2 {
					w.comma, w.colon = strArg(t, 0, ""), strArg(t, 1, "")
				}
			}
		}
		err := w.value(a[0], 0)
		return starlark.String(w.b.String()), err
	}
	return namespace("json", starlark.StringDict{
		"loads": rt.fn("loads", func(_ *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return nil, rt.raise("TypeError", "loads() missing 1 required positional argument: 's'")
			}
			return loads(a[0])
		}),
		"load_": rt.pos("load", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			read, err := a[0].(starlark.HasAttrs).Attr("read")
			if err != nil || read == nil {
				return nil, rt.raise("AttributeError", "'%s' object has no attribute 'read'", typeName(a[0]))
			}
			v, err := starlark.Call(th, read, nil, nil)
			if err != nil {
				return nil, err
			}
			return loads(v)
		}),
		"dumps": rt.fn("dumps", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return nil, rt.raise("TypeError", "dumps() missing 1 required positional argument: 'obj'")
			}
			return dumps(a, kw)
		}),
		"dump": rt.fn("dump", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if len(a) < 2 {
				return nil, rt.raise("TypeError", "dump() missing 1 required positional argument: 'fp'")
			}
			s, err := dumps(a, kw)
			if err != nil {
				return nil, err
			}
			write, err := a[1].(starlark.HasAttrs).Attr("write")
			if err != nil {
				return nil, err
			}
			return starlark.Call(th, write, starlark.Tuple{s}, nil)
		}),
		"JSONDecodeError": rt.classes["JSONDecodeError"],
		"decoder":         namespace("json.decoder", starlark.StringDict{"JSONDecodeError": rt.classes["JSONDecodeError"]}),
	})
}

// parseJSON reads JSON with Python's errors; a later key wins over an earlier one.
func (rt *Runtime) parseJSON(s string) (starlark.Value, error) {
	fail := func(msg string, off int) error {
		off = min(max(off, 0), len(s))
		line := strings.Count(s[:off], "\n") + 1
		col := off - strings.LastIndexByte(s[:off], '\n')
		return rt.raise("JSONDecodeError", "%s: line %d column %d (char %d)", msg, line, col, utf8.RuneCountInString(s[:off]))
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var value func() (starlark.Value, error)
	value = func() (starlark.Value, error) {
		t, err := d.Token()
		if err != nil {
			off := int(d.InputOffset())
			rest := strings.TrimLeft(s[min(off, len(s)):], " \t\r\n,:")
			for c, f := range map[string]starlark.Float{"NaN": nan, "Infinity": inf, "-Infinity": -inf} {
				if strings.HasPrefix(rest, c) && strings.TrimSpace(rest) == c && strings.TrimSpace(s) == c {
					return f, nil
				}
			}
			return nil, fail("Expecting value", len(s)-len(rest))
		}
		switch t := t.(type) {
		case json.Delim:
			if t == '[' {
				l := &starlark.List{}
				for d.More() {
					v, err := value()
					if err != nil {
						return nil, err
					}
					if err := l.Append(v); err != nil {
						return nil, err
					}
				}
				_, err := d.Token()
				if err != nil {
					return nil, fail("Expecting ',' delimiter", int(d.InputOffset()))
				}
				return l, nil
			}
			m := &starlark.Dict{}
			for d.More() {
				k, err := d.Token()
				if err != nil {
					return nil, fail("Expecting property name enclosed in double quotes", int(d.InputOffset()))
				}
				v, err := value()
				if err != nil {
					return nil, err
				}
				if err := m.SetKey(starlark.String(k.(string)), v); err != nil {
					return nil, err
				}
			}
			if _, err := d.Token(); err != nil {
				return nil, fail("Expecting ',' delimiter", int(d.InputOffset()))
			}
			return m, nil
		case string:
			return starlark.String(t), nil
		case bool:
			return starlark.Bool(t), nil
		case json.Number:
			if !strings.ContainsAny(string(t), ".eE") {
				n, _ := new(big.Int).SetString(string(t), 10)
				return starlark.MakeBigInt(n), nil
			}
			f, _ := t.Float64()
			return starlark.Float(f), nil
		}
		return starlark.None, nil
	}
	v, err := value()
	if err != nil {
		return nil, err
	}
	off := int(d.InputOffset())
	if rest := strings.TrimLeft(s[off:], " \t\r\n"); rest != "" {
		return nil, fail("Extra data", len(s)-len(rest))
	}
	return v, nil
}

type jsonWriter struct {
	rt           *Runtime
	b            bytes.Buffer
	indent       string
	pretty       bool
	comma, colon string
	sort, ascii  bool
	fallback     starlark.Value
}

func (w *jsonWriter) line(depth int) {
	if w.pretty {
		w.b.WriteByte('\n')
		w.b.WriteString(strings.Repeat(w.indent, depth))
	}
}

func (w *jsonWriter) value(v starlark.Value, depth int) error {
	if depth > 500 {
		return w.rt.raise("ValueError", "Circular reference detected")
	}
	list := func(xs []starlark.Value) error {
		if len(xs) == 0 {
			w.b.WriteString("[]")
			return nil
		}
		w.b.WriteByte('[')
		for i, x := range xs {
			if i > 0 {
				w.b.WriteString(w.comma)
			}
			w.line(depth + 1)
			if err := w.value(x, depth+1); err != nil {
				return err
			}
		}
		w.line(depth)
		w.b.WriteByte(']')
		return nil
	}
	switch v := v.(type) {
	case starlark.NoneType:
		w.b.WriteString("null")
	case starlark.Bool:
		w.b.WriteString(strings.ToLower(v.String()))
	case starlark.Int:
		w.b.WriteString(v.String())
	case starlark.Float:
		s := floatText(float64(v))
		s = strings.NewReplacer("inf", "Infinity", "nan", "NaN").Replace(s)
		w.b.WriteString(s)
	case starlark.String:
		w.text(string(v))
	case *starlark.List:
		xs := make([]starlark.Value, v.Len())
		for i := range xs {
			xs[i] = v.Index(i)
		}
		return list(xs)
	case starlark.Tuple:
		return list(v)
	default:
		m, ok := v.(starlark.IterableMapping)
		if !ok {
			if w.fallback != nil && w.fallback != starlark.None {
				r, err := starlark.Call(w.rt.thread, w.fallback, starlark.Tuple{v}, nil)
				if err != nil {
					return err
				}
				return w.value(r, depth+1)
			}
			return w.rt.raise("TypeError", "Object of type %s is not JSON serializable", typeName(v))
		}
		items := m.Items()
		if len(items) == 0 {
			w.b.WriteString("{}")
			return nil
		}
		if w.sort {
			vals := make([]starlark.Value, len(items))
			for i, kv := range items {
				vals[i] = kv
			}
			key := w.rt.pos("key", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
				return a[0].(starlark.Tuple)[0], nil
			})
			if err := w.rt.sort(w.rt.thread, vals, []starlark.Tuple{{starlark.String("key"), key}}); err != nil {
				return err
			}
			for i, x := range vals {
				items[i] = x.(starlark.Tuple)
			}
		}
		w.b.WriteByte('{')
		for i, kv := range items {
			if i > 0 {
				w.b.WriteString(w.comma)
			}
			w.line(depth + 1)
			switch k := kv[0].(type) {
			case starlark.String:
				w.text(string(k))
			case starlark.Bool, starlark.NoneType, starlark.Int, starlark.Float:
				w.b.WriteByte('"')
				if err := w.value(k, depth+1); err != nil {
					return err
				}
				w.b.WriteByte('"')
			default:
				return w.rt.raise("TypeError", "keys must be str, int, float, bool or None, not %s", typeName(k))
			}
			w.b.WriteString(w.colon)
			if err := w.value(kv[1], depth+1); err != nil {
				return err
			}
		}
		w.line(depth)
		w.b.WriteByte('}')
	}
	return nil
}

func (w *jsonWriter) text(s string) {
	w.b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.b.WriteByte('\\')
			w.b.WriteRune(r)
		case r == '\n':
			w.b.WriteString(`\n`)
		case r == '\r':
			w.b.WriteString(`\r`)
		case r == '\t':
			w.b.WriteString(`\t`)
		case r == '\b':
			w.b.WriteString(`\b`)
		case r == '\f':
			w.b.WriteString(`\f`)
		case r < 32:
			fmt.Fprintf(&w.b, `\u%04x`, r)
		case r > 126 && w.ascii:
			if r > 0xffff {
				r -= 0x10000
				fmt.Fprintf(&w.b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
			} else if r == 127 {
				w.b.WriteRune(r)
			} else {
				fmt.Fprintf(&w.b, `\u%04x`, r)
			}
		default:
			w.b.WriteRune(r)
		}
	}
	w.b.WriteByte('"')
}
