package pyrt

import (
	"strings"

	"go.starlark.net/starlark"
)

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
	if n := nativeOf(v); n != nil {
		v = n
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
