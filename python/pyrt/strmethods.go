package pyrt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

var strMethods = map[string]strMethod{
	"ljust": padMethod('<'), "rjust": padMethod('>'), "center": padMethod('^'),
	"zfill": func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		sign := ""
		if s != "" && (s[0] == '+' || s[0] == '-') {
			sign, s = s[:1], s[1:]
		}
		return stringValue(sign + strings.Repeat("0", max(0, intArg(a, 0, 0)-runeLen(sign+s))) + s)
	},
	"swapcase": func(_ *Runtime, s string, _ starlark.Tuple) (starlark.Value, error) {
		return stringValue(strings.Map(func(r rune) rune {
			if unicode.IsUpper(r) {
				return unicode.ToLower(r)
			}
			return unicode.ToUpper(r)
		}, s))
	},
	"casefold": func(_ *Runtime, s string, _ starlark.Tuple) (starlark.Value, error) {
		return stringValue(strings.ReplaceAll(strings.ToLower(s), "ß", "ss"))
	},
	"expandtabs": func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		size, col := intArg(a, 0, 8), 0
		var b strings.Builder
		for _, r := range s {
			switch {
			case r == '\t' && size > 0:
				n := size - col%size
				b.WriteString(strings.Repeat(" ", n))
				col += n
			case r == '\t':
			default:
				b.WriteRune(r)
				if col++; r == '\n' || r == '\r' {
					col = 0
				}
			}
		}
		return stringValue(b.String())
	},
	"encode": func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		switch strings.ToLower(strings.ReplaceAll(strArg(a, 0, "utf-8"), "_", "-")) {
		case "latin-1", "latin1", "iso-8859-1":
			var b []byte
			for _, r := range s {
				b = append(b, byte(r))
			}
			return starlark.Bytes(b), nil
		}
		return starlark.Bytes(s), nil
	},
	"decode": func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		return nil, rt.raise("AttributeError", "'str' object has no attribute 'decode'")
	},
	"isascii":     testOrEmpty(func(r rune) bool { return r < 128 }),
	"isdecimal":   testMethod(unicode.IsDigit),
	"isnumeric":   testMethod(unicode.IsNumber),
	"isprintable": testOrEmpty(unicode.IsPrint),
	"isidentifier": func(_ *Runtime, s string, _ starlark.Tuple) (starlark.Value, error) {
		for i, r := range s {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
				return starlark.False, nil
			}
		}
		return starlark.Bool(s != ""), nil
	},
	"find": findMethod(false, false), "rfind": findMethod(true, false), "index_of": findMethod(false, true), "rindex": findMethod(true, true),
	"splitlines": func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		return splitLines(s, len(a) > 0 && bool(a[0].Truth())), nil
	},
	"count": func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		r := []rune(s)
		lo, hi := clamp(intArg(a, 1, 0), len(r)), clamp(intArg(a, 2, len(r)), len(r))
		if lo > hi {
			return starlark.MakeInt(0), nil
		}
		return starlark.MakeInt(strings.Count(string(r[lo:hi]), strArg(a, 0, ""))), nil
	},
	"startswith": affixMethod(strings.HasPrefix), "endswith": affixMethod(strings.HasSuffix),
	"join": func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		if len(a) != 1 {
			return nil, rt.raise("TypeError", "str.join() takes exactly one argument (%d given)", len(a))
		}
		xs, err := rt.all(rt.thread, a[0])
		if err != nil {
			return nil, err
		}
		parts := make([]string, len(xs))
		for i, x := range xs {
			if n := nativeOf(x); n != nil {
				x = n
			}
			switch x := x.(type) {
			case starlark.String:
				parts[i] = string(x)
			case starlark.Bytes:
				parts[i] = string(x)
			default:
				return nil, rt.raise("TypeError", "sequence item %d: expected str instance, %s found", i, typeName(x))
			}
		}
		return stringValue(strings.Join(parts, s))
	},
	"strip": cutset(true, true), "lstrip": cutset(true, false), "rstrip": cutset(false, true),
	"lower": func(_ *Runtime, s string, _ starlark.Tuple) (starlark.Value, error) {
		return stringValue(strings.ToLower(s))
	},
	"upper": func(_ *Runtime, s string, _ starlark.Tuple) (starlark.Value, error) {
		return stringValue(strings.ToUpper(strings.ReplaceAll(s, "ß", "SS")))
	},
	"replace": func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		return stringValue(strings.Replace(s, strArg(a, 0, ""), strArg(a, 1, ""), intArg(a, 2, -1)))
	},
	"split": ownMethod("split"), "rsplit": ownMethod("rsplit"), "partition": ownMethod("partition"),
	"isalpha": ownMethod("isalpha"), "isdigit": ownMethod("isdigit"), "isalnum": ownMethod("isalnum"),
	"isspace": ownMethod("isspace"), "isupper": ownMethod("isupper"), "islower": ownMethod("islower"),
	"rpartition": ownMethod("rpartition"), "removeprefix": ownMethod("removeprefix"), "removesuffix": ownMethod("removesuffix"),
	"title": ownMethod("title"), "capitalize": ownMethod("capitalize"),
	"translate": func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		table, ok := a[0].(starlark.Mapping)
		if !ok {
			return nil, rt.raise("TypeError", "'%s' object is not subscriptable", typeName(a[0]))
		}
		var b strings.Builder
		for _, r := range s {
			v, found, err := table.Get(starlark.MakeInt(int(r)))
			if err != nil || !found {
				b.WriteRune(r)
				continue
			}
			switch v := v.(type) {
			case starlark.String:
				b.WriteString(string(v))
			case starlark.Int:
				n, _ := v.Int64()
				b.WriteRune(rune(n))
			}
		}
		return stringValue(b.String())
	},
	"format_map": func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		d, ok := a[0].(*starlark.Dict)
		if !ok {
			return nil, rt.raise("TypeError", "format_map() needs a dict")
		}
		out, err := rt.braces(s, nil, d.Items(), new(int))
		return starlark.String(out), err
	},
}

// ownMethod is a method that Starlark's strings have.
func ownMethod(name string) strMethod {
	return func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		m, err := starlark.String(s).Attr(name)
		if err != nil {
			return nil, err
		}
		return starlark.Call(rt.thread, m, a, nil)
	}
}

func testOrEmpty(f func(rune) bool) strMethod {
	return func(_ *Runtime, s string, _ starlark.Tuple) (starlark.Value, error) {
		return starlark.Bool(strings.IndexFunc(s, func(r rune) bool { return !f(r) }) < 0), nil
	}
}

func affixMethod(has func(s, affix string) bool) strMethod {
	return func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		if len(a) == 0 {
			return nil, rt.raise("TypeError", "startswith() takes at least 1 argument (0 given)")
		}
		r := []rune(s)
		lo, hi := clamp(intArg(a, 1, 0), len(r)), clamp(intArg(a, 2, len(r)), len(r))
		if lo > hi {
			return starlark.False, nil
		}
		s = string(r[lo:hi])
		options := starlark.Tuple{a[0]}
		if t, ok := a[0].(starlark.Tuple); ok {
			options = t
		}
		for i := range options {
			if has(s, strArg(options, i, "\x00")) {
				return starlark.True, nil
			}
		}
		return starlark.False, nil
	}
}

func cutset(left, right bool) strMethod {
	return func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		cut := unicode.IsSpace
		if len(a) > 0 && a[0] != starlark.None {
			set := strArg(a, 0, "")
			cut = func(r rune) bool { return strings.ContainsRune(set, r) }
		}
		if left {
			s = strings.TrimLeftFunc(s, cut)
		}
		if right {
			s = strings.TrimRightFunc(s, cut)
		}
		return stringValue(s)
	}
}

// splitLines splits where Python does.
func splitLines(s string, keep bool) *starlark.List {
	var out []starlark.Value
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
			end := i
			i += n
			if r == '\r' && i < len(s) && s[i] == '\n' {
				i++
			}
			if keep {
				end = i
			}
			out = append(out, starlark.String(s[start:end]))
			start = i
		default:
			i += n
		}
	}
	if start < len(s) {
		out = append(out, starlark.String(s[start:]))
	}
	return starlark.NewList(out)
}

// bytesMethod runs a method of str on bytes, byte by byte.
func (rt *Runtime) bytesMethod(name string, f strMethod, v starlark.Bytes, a starlark.Tuple) (starlark.Value, error) {
	switch name {
	case "decode":
		enc := strings.ToLower(strArg(a, 0, "utf-8"))
		if strings.HasPrefix(enc, "latin") || strings.HasPrefix(enc, "iso-8859-1") {
			return stringValue(latin(string(v)))
		}
		if !utf8.ValidString(string(v)) {
			if strArg(a, 1, "strict") == "ignore" {
				return stringValue(strings.ToValidUTF8(string(v), ""))
			}
			if strArg(a, 1, "strict") == "strict" {
				return nil, rt.raise("UnicodeDecodeError", "'utf-8' codec can't decode byte: invalid start byte")
			}
		}
		return stringValue(decodeUTF8(string(v)))
	case "encode":
		return nil, rt.raise("AttributeError", "'bytes' object has no attribute 'encode'")
	case "join":
		return rt.joinBytes(v, a)
	case "upper", "lower", "swapcase": // of ASCII letters only
		return starlark.Bytes(strings.Map(func(r rune) rune {
			switch low, up := unicode.ToLower(r), unicode.ToUpper(r); {
			case r == low && name != "lower":
				return up
			case r == up && name != "upper":
				return low
			}
			return r
		}, string(v))), nil
	}
	if strings.HasPrefix(name, "is") && name != "isascii" && strings.IndexFunc(latin(string(v)), func(r rune) bool { return r > 127 }) >= 0 {
		return starlark.False, nil // only ASCII counts
	}
	args := append(starlark.Tuple(nil), a...)
	for i, x := range args {
		args[i] = latinArg(x)
	}
	r, err := f(rt, latin(string(v)), args)
	if err != nil {
		return nil, err
	}
	return unlatin(r), nil
}

func (rt *Runtime) joinBytes(sep starlark.Bytes, a starlark.Tuple) (starlark.Value, error) {
	if len(a) != 1 {
		return nil, rt.raise("TypeError", "bytes.join() takes exactly one argument (%d given)", len(a))
	}
	xs, err := rt.all(rt.thread, a[0])
	if err != nil {
		return nil, err
	}
	parts := make([]string, len(xs))
	for i, x := range xs {
		b, ok := x.(starlark.Bytes)
		if !ok {
			return nil, rt.raise("TypeError", "sequence item %d: expected a bytes-like object, %s found", i, typeName(x))
		}
		parts[i] = string(b)
	}
	return starlark.Bytes(strings.Join(parts, string(sep))), nil
}

func latinArg(v starlark.Value) starlark.Value {
	switch v := v.(type) {
	case starlark.Bytes:
		return starlark.String(latin(string(v)))
	case starlark.Tuple:
		out := make(starlark.Tuple, len(v))
		for i, x := range v {
			out[i] = latinArg(x)
		}
		return out
	case *starlark.List:
		out := make([]starlark.Value, v.Len())
		for i := range out {
			out[i] = latinArg(v.Index(i))
		}
		return starlark.NewList(out)
	}
	return v
}

// latin makes one character of each byte.
func latin(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func unlatin(v starlark.Value) starlark.Value {
	switch v := v.(type) {
	case starlark.String:
		var b []byte
		for _, r := range string(v) {
			b = append(b, byte(r))
		}
		return starlark.Bytes(b)
	case *starlark.List:
		var out []starlark.Value
		for i := range v.Len() {
			out = append(out, unlatin(v.Index(i)))
		}
		return starlark.NewList(out)
	case starlark.Tuple:
		out := make(starlark.Tuple, len(v))
		for i, x := range v {
			out[i] = unlatin(x)
		}
		return out
	}
	return v
}
