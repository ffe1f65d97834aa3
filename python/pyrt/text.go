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
		return rt.binary("%", a[0], a[1])
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

// percent is the % operator of strings.
func (rt *Runtime) percent(f string, arg starlark.Value) (string, error) {
	args, isTuple := arg.(starlark.Tuple)
	if !isTuple {
		args = starlark.Tuple{arg}
	}
	mapping, _ := arg.(starlark.Mapping)
	used := 0
	usedMapping := false
	nextArg := func() (starlark.Value, error) {
		if used >= len(args) {
			return nil, rt.raise("TypeError", "not enough arguments for format string")
		}
		used++
		return args[used-1], nil
	}
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		if f[i] != '%' {
			b.WriteByte(f[i])
			continue
		}
		i++
		var v starlark.Value
		if i < len(f) && f[i] == '(' {
			j := strings.IndexByte(f[i:], ')')
			if j < 0 || mapping == nil {
				return "", rt.raise("TypeError", "format requires a mapping")
			}
			key := starlark.String(f[i+1 : i+j])
			w, found, err := mapping.Get(key)
			if err != nil {
				return "", err
			}
			if !found {
				return "", &Raised{Exc: rt.exception("KeyError", key)}
			}
			v, usedMapping = w, true
			i += j + 1
		}
		s := spec{fill: ' ', precision: -1, align: '>', percentFmt: true}
		for ; i < len(f) && strings.IndexByte("-+ #0", f[i]) >= 0; i++ {
			switch f[i] {
			case '-':
				s.align = '<'
			case '0':
				s.zero = true
			case '#':
				s.alt = true
			default:
				s.sign = f[i]
			}
		}
		num := func() (int, error) {
			if i < len(f) && f[i] == '*' {
				i++
				w, err := nextArg()
				if err != nil {
					return 0, err
				}
				return starlark.AsInt32(w)
			}
			n := 0
			for ; i < len(f) && f[i] >= '0' && f[i] <= '9' && n < 1e6; i++ {
				n = n*10 + int(f[i]-'0')
			}
			return n, nil
		}
		var err error
		if s.width, err = num(); err != nil {
			return "", err
		}
		if i < len(f) && f[i] == '.' {
			i++
			if s.precision, err = num(); err != nil {
				return "", err
			}
		}
		for i < len(f) && strings.IndexByte("hlL", f[i]) >= 0 {
			i++
		}
		if i >= len(f) {
			return "", rt.raise("ValueError", "incomplete format")
		}
		verb := f[i]
		if verb == '%' {
			b.WriteByte('%')
			continue
		}
		if v == nil {
			if v, err = nextArg(); err != nil {
				return "", err
			}
		}
		text, err := rt.percentVerb(v, verb, s)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	if used < len(args) && !usedMapping && (isTuple || mapping == nil) {
		return "", rt.raise("TypeError", "not all arguments converted during string formatting")
	}
	return b.String(), nil
}

func (rt *Runtime) percentVerb(v starlark.Value, verb byte, s spec) (string, error) {
	switch verb {
	case 's', 'r', 'a':
		text, err := rt.str(v)
		if verb != 's' {
			text, err = rt.repr(v)
		}
		if err != nil {
			return "", err
		}
		if r := []rune(text); s.precision >= 0 && len(r) > s.precision {
			text = string(r[:s.precision])
		}
		return pad(text, s, '>'), nil
	case 'c':
		if t, ok := v.(starlark.String); ok {
			return pad(string(t), s, '>'), nil
		}
		n, err := starlark.AsInt32(v)
		return pad(string(rune(n)), s, '>'), err
	}
	if s.zero && s.align == '>' {
		s.fill, s.align = '0', '='
	}
	if t, ok := v.(starlark.Bool); ok {
		v = starlark.MakeInt(map[bool]int{true: 1}[bool(t)])
	}
	switch verb {
	case 'd', 'i', 'u', 'x', 'X', 'o':
		n, ok := v.(starlark.Int)
		if x, isFloat := v.(starlark.Float); isFloat && strings.IndexByte("diu", verb) >= 0 {
			i, err := starlark.NumberToInt(x)
			if err != nil {
				return "", rt.raise("ValueError", "cannot convert float to integer")
			}
			n, ok = i, true
		}
		if !ok {
			return "", rt.raise("TypeError", "%%%c format: a real number is required, not %s", verb, typeName(v))
		}
		s.verb = verb
		if strings.IndexByte("diu", verb) >= 0 {
			s.verb = 'd'
		}
		prec := s.precision
		s.precision = -1
		if prec > 0 {
			inner := s
			inner.width, inner.align, inner.fill = 0, '>', ' '
			t, err := rt.formatInt(n, inner, nil)
			if err != nil {
				return "", err
			}
			sign := ""
			if t != "" && strings.IndexByte("+- ", t[0]) >= 0 {
				sign, t = t[:1], t[1:]
			}
			if len(t) < prec {
				t = strings.Repeat("0", prec-len(t)) + t
			}
			if s.align == '=' {
				s.fill, s.align = ' ', '>'
			}
			return pad(sign+t, s, '>'), nil
		}
		return rt.formatInt(n, s, nil)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		x, ok := starlark.AsFloat(v)
		if !ok {
			return "", rt.raise("TypeError", "must be real number, not %s", typeName(v))
		}
		s.verb = verb
		return rt.formatFloat(x, s, nil)
	}
	return "", rt.raise("ValueError", "unsupported format character '%c' (0x%x)", verb, verb)
}
