package pyrt

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
)

// strftimer is a date or time: its format spec is for strftime.
type strftimer interface{ strftime(string) string }

func (rt *Runtime) text(m starlark.StringDict) {
	m["str"] = rt.fn("str", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		if len(a) == 0 {
			return starlark.String(""), nil
		}
		if b, ok := a[0].(starlark.Bytes); ok && len(a)+len(kw) > 1 {
			return starlark.String(decodeUTF8(string(b))), nil
		}
		s, err := rt.str(a[0])
		return starlark.String(s), err
	})
	m["repr"] = rt.pos("repr", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		s, err := rt.repr(a[0])
		return starlark.String(s), err
	})
	m["ascii"] = rt.pos("ascii", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		s, err := rt.repr(a[0])
		return starlark.String(asciiOnly(s)), err
	})
	m["format"] = rt.pos("format", 1, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		spec := ""
		if len(a) == 2 {
			spec, _ = starlark.AsString(a[1])
		}
		s, err := rt.formatValue(a[0], spec)
		return starlark.String(s), err
	})
	m["mod"] = rt.pos("mod", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if f, ok := a[0].(starlark.String); ok {
			s, err := rt.percent(string(f), a[1])
			return starlark.String(s), err
		}
		if f, ok := a[0].(starlark.Bytes); ok {
			s, err := rt.percent(latin(string(f)), latinArg(a[1]))
			return unlatin(starlark.String(s)), err
		}
		return rt.binary("%", a[0], a[1])
	})
	m["view"] = rt.pos("view", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		name := strArg(a, 1, "")
		v, err := rt.callMethod(name, a[:1], nil)
		if err != nil {
			return nil, err
		}
		if _, isDict := a[0].(starlark.IterableMapping); isDict {
			if l, isList := v.(*starlark.List); isList {
				return &dictView{l, rt, name}, nil
			}
		}
		return v, nil
	})
	m["str_format"] = rt.fn("str_format", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		f, ok := a[0].(starlark.String)
		if !ok {
			return rt.callMethod("format", a, kw)
		}
		s, err := rt.braces(string(f), a[1:], kw, new(int))
		return starlark.String(s), err
	})
	m["print"] = rt.fn("print", rt.print)
}

func asciiOnly(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 127:
			b.WriteRune(r)
		case r < 256:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 65536:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

func (rt *Runtime) print(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	sep, end := " ", "\n"
	var file starlark.Value
	for _, kv := range kwargs {
		k := string(kv[0].(starlark.String))
		s, _ := starlark.AsString(kv[1])
		switch k {
		case "sep":
			if kv[1] != starlark.None {
				sep = s
			}
		case "end":
			if kv[1] != starlark.None {
				end = s
			}
		case "file":
			file = kv[1]
		case "flush":
		default:
			return nil, rt.raise("TypeError", "'%s' is an invalid keyword argument for print()", k)
		}
	}
	parts := make([]string, len(args))
	for i, a := range args {
		s, err := rt.str(a)
		if err != nil {
			return nil, err
		}
		parts[i] = s
	}
	text := strings.Join(parts, sep) + end
	if file != nil && file != starlark.None {
		if s, ok := file.(*stream); ok && s.std {
			if s.w != nil {
				_, err := io.WriteString(s.w, text)
				return starlark.None, err
			}
		} else {
			w, err := starlark.Value(nil), error(nil)
			if f, ok := file.(starlark.HasAttrs); ok {
				w, err = f.Attr("write")
			}
			if err != nil || w == nil {
				return nil, rt.raise("AttributeError", "'%s' object has no attribute 'write'", typeName(file))
			}
			return starlark.Call(thread, w, starlark.Tuple{starlark.String(text)}, nil)
		}
	}
	text = rt.partial + text
	rt.partial = ""
	if !strings.HasSuffix(text, "\n") {
		i := strings.LastIndexByte(text, '\n') + 1
		text, rt.partial = text[:i], text[i:]
		if text == "" {
			return starlark.None, nil
		}
	}
	text = strings.TrimSuffix(text, "\n")
	if thread.Print != nil {
		thread.Print(thread, text)
		return starlark.None, nil
	}
	_, err := io.WriteString(rt.opts.Stdout, text+"\n")
	return starlark.None, err
}

// braces is str.format.
func (rt *Runtime) braces(f string, args starlark.Tuple, kwargs []starlark.Tuple, auto *int) (string, error) {
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		c := f[i]
		if c != '{' && c != '}' {
			b.WriteByte(c)
			continue
		}
		if i+1 < len(f) && f[i+1] == c {
			b.WriteByte(c)
			i++
			continue
		}
		if c == '}' {
			return "", rt.raise("ValueError", "Single '}' encountered in format string")
		}
		depth, j := 1, i+1
		for ; j < len(f) && depth > 0; j++ {
			switch f[j] {
			case '{':
				depth++
			case '}':
				depth--
			}
		}
		if depth > 0 {
			return "", rt.raise("ValueError", "expected '}' before end of string")
		}
		field := f[i+1 : j-1]
		i = j - 1
		spec, conv := "", byte(0)
		if k := strings.IndexByte(field, ':'); k >= 0 {
			field, spec = field[:k], field[k+1:]
		}
		if k := strings.IndexByte(field, '!'); k >= 0 && k+1 < len(field) {
			conv = field[k+1]
			field = field[:k]
		}
		v, err := rt.lookupField(field, args, kwargs, auto)
		if err != nil {
			return "", err
		}
		if spec, err = rt.braces(spec, args, kwargs, auto); err != nil {
			return "", err
		}
		switch conv {
		case 'r', 'a':
			s, err := rt.repr(v)
			if err != nil {
				return "", err
			}
			v = starlark.String(s)
		case 's':
			s, err := rt.str(v)
			if err != nil {
				return "", err
			}
			v = starlark.String(s)
		}
		s, err := rt.formatValue(v, spec)
		if err != nil {
			return "", err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

func (rt *Runtime) lookupField(field string, args starlark.Tuple, kwargs []starlark.Tuple, auto *int) (starlark.Value, error) {
	end := strings.IndexAny(field, ".[")
	head, rest := field, ""
	if end >= 0 {
		head, rest = field[:end], field[end:]
	}
	var v starlark.Value
	if head == "" {
		head = strconv.Itoa(*auto)
		*auto++
	}
	if n, err := strconv.Atoi(head); err == nil {
		if n >= len(args) {
			return nil, rt.raise("IndexError", "Replacement index %d out of range for positional args tuple", n)
		}
		v = args[n]
	} else {
		w, ok := kwarg(kwargs, head)
		if !ok {
			return nil, &Raised{Exc: rt.exception("KeyError", starlark.String(head))}
		}
		v = w
	}
	for rest != "" {
		if rest[0] == '.' {
			name := rest[1:]
			if k := strings.IndexAny(name, ".["); k >= 0 {
				name = name[:k]
			}
			rest = rest[1+len(name):]
			a, ok := v.(starlark.HasAttrs)
			var err error
			if ok {
				v, err = a.Attr(name)
			}
			if err != nil || !ok || v == nil {
				return nil, rt.raise("AttributeError", "the value has no attribute '%s'", name)
			}
			continue
		}
		k := strings.IndexByte(rest, ']')
		if k < 0 {
			return nil, rt.raise("ValueError", "Missing ']' in format string")
		}
		var key starlark.Value = starlark.String(rest[1:k])
		if n, err := strconv.Atoi(rest[1:k]); err == nil {
			key = starlark.MakeInt(n)
		}
		var err error
		if v, err = rt.item(v, key); err != nil {
			return nil, err
		}
		rest = rest[k+1:]
	}
	return v, nil
}
