package pyrt

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// callMethod calls the method of a value that Starlark itself knows: a[0].name(a[1:]…).
func (rt *Runtime) callMethod(name string, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	if h, ok := a[0].(starlark.HasAttrs); ok {
		m, err := h.Attr(name)
		if err != nil {
			return nil, err
		}
		if m != nil {
			return starlark.Call(rt.thread, m, a[1:], kw)
		}
	}
	return nil, rt.raise("AttributeError", "'%s' object has no attribute '%s'", typeName(a[0]), name)
}

type strMethod func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error)

// methods makes py.<method>(value, …): what Starlark's str, bytes, list, dict and set lack or do otherwise. For
// values of other types it is their own method.
func (rt *Runtime) methods(m starlark.StringDict) {
	for name, f := range strMethods {
		m[name] = rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return nil, rt.raise("TypeError", "%s() needs a value", name)
			}
			switch v := a[0].(type) {
			case starlark.String:
				return f(rt, string(v), a[1:])
			case starlark.Bytes:
				return rt.bytesMethod(name, f, v, a[1:])
			}
			return rt.container(name, a, kw)
		})
	}
	for _, name := range containerMethods {
		if m[name] != nil {
			continue
		}
		m[name] = rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return nil, rt.raise("TypeError", "%s() needs a value", name)
			}
			return rt.container(name, a, kw)
		})
	}
	m["dict_fromkeys"] = rt.pos("fromkeys", 1, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		xs, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		d := starlark.NewDict(len(xs))
		for _, x := range xs {
			var v starlark.Value = starlark.None
			if len(a) == 2 {
				v = a[1]
			}
			if err := d.SetKey(x, v); err != nil {
				return nil, err
			}
		}
		return d, nil
	})
	m["bytes"] = rt.pos("bytes", 0, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if len(a) == 0 {
			return starlark.Bytes(""), nil
		}
		switch v := a[0].(type) {
		case starlark.Bytes:
			return v, nil
		case starlark.String:
			return starlark.Bytes(v), nil
		case starlark.Int:
			n, err := starlark.AsInt32(v)
			if err != nil || n < 0 || n > 1<<28 {
				return nil, rt.raise("ValueError", "negative or too large count")
			}
			return starlark.Bytes(strings.Repeat("\x00", n)), nil
		}
		xs, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		var b []byte
		for _, x := range xs {
			n, err := starlark.AsInt32(x)
			if err != nil || n < 0 || n > 255 {
				return nil, rt.raise("ValueError", "bytes must be in range(0, 256)")
			}
			b = append(b, byte(n))
		}
		return starlark.Bytes(b), nil
	})
	m["bytes_fromhex"] = rt.pos("fromhex", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		s, _ := starlark.AsString(a[0])
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			return nil, rt.raise("ValueError", "non-hexadecimal number found in fromhex() arg")
		}
		return starlark.Bytes(b), nil
	})
}

func hexBytes(s string) string { return hex.EncodeToString([]byte(s)) }

func decodeUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func strArg(a starlark.Tuple, i int, def string) string {
	if i >= len(a) {
		return def
	}
	switch v := a[i].(type) {
	case starlark.String:
		return string(v)
	case starlark.Bytes:
		return string(v)
	}
	return def
}

func intArg(a starlark.Tuple, i, def int) int {
	if i >= len(a) {
		return def
	}
	n, err := starlark.AsInt32(a[i])
	if err != nil {
		return def
	}
	return n
}

func stringValue(s string) (starlark.Value, error) { return starlark.String(s), nil }

func padMethod(align byte) strMethod {
	return func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		r, _ := utf8.DecodeRuneInString(strArg(a, 1, " "))
		n := intArg(a, 0, 0)
		if align == '^' { // Python puts the odd blank on the left when the width is odd
			if gap := n - runeLen(s); gap > 0 {
				left := gap/2 + (gap & n & 1)
				return stringValue(strings.Repeat(string(r), left) + s + strings.Repeat(string(r), gap-left))
			}
			return stringValue(s)
		}
		return stringValue(pad(s, spec{fill: r, align: align, width: n}, align))
	}
}

func testMethod(f func(rune) bool) strMethod {
	return func(_ *Runtime, s string, _ starlark.Tuple) (starlark.Value, error) {
		return starlark.Bool(s != "" && strings.IndexFunc(s, func(r rune) bool { return !f(r) }) < 0), nil
	}
}

func findMethod(last, must bool) strMethod {
	return func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		sub := strArg(a, 0, "")
		r := []rune(s)
		lo, hi := clamp(intArg(a, 1, 0), len(r)), clamp(intArg(a, 2, len(r)), len(r))
		n := -1
		if lo <= hi {
			part := string(r[lo:hi])
			if last {
				n = strings.LastIndex(part, sub)
			} else {
				n = strings.Index(part, sub)
			}
			if n >= 0 {
				n = lo + runeLen(part[:n])
			}
		}
		if n < 0 && must {
			return nil, rt.raise("ValueError", "substring not found")
		}
		return starlark.MakeInt(n), nil
	}
}

func clamp(i, n int) int {
	if i < 0 {
		i = max(i+n, 0)
	}
	return min(i, n)
}

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
		return stringValue(strings.ToUpper(s))
	},
	"replace": func(_ *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		return stringValue(strings.Replace(s, strArg(a, 0, ""), strArg(a, 1, ""), intArg(a, 2, -1)))
	},
	"split": func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		return rt.callMethod("split", append(starlark.Tuple{starlark.String(s)}, a...), nil)
	},
	"rsplit": func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		return rt.callMethod("rsplit", append(starlark.Tuple{starlark.String(s)}, a...), nil)
	},
	"partition": func(rt *Runtime, s string, a starlark.Tuple) (starlark.Value, error) {
		return rt.callMethod("partition", append(starlark.Tuple{starlark.String(s)}, a...), nil)
	},
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

var containerMethods = []string{
	"sort", "reverse", "popitem", "copy", "count", "difference_update", "intersection_update",
	"symmetric_difference_update", "isdisjoint", "bit_length", "to_bytes", "is_integer", "hex",
}

// container runs a method of list, dict, set or a number that Starlark lacks, or the value's own.
func (rt *Runtime) container(name string, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	switch v := a[0].(type) {
	case *starlark.List:
		switch name {
		case "sort", "reverse":
			xs := make([]starlark.Value, v.Len())
			for i := range xs {
				xs[i] = v.Index(i)
				if name == "reverse" {
					xs[i] = v.Index(v.Len() - 1 - i)
				}
			}
			if name == "sort" {
				if err := rt.sort(rt.thread, xs, kw); err != nil {
					return nil, err
				}
			}
			for i, x := range xs {
				if err := v.SetIndex(i, x); err != nil {
					return nil, err
				}
			}
			return starlark.None, nil
		case "copy":
			return rt.slice(starlark.Tuple{v, starlark.None, starlark.None, starlark.None})
		case "index_of", "count":
			n := 0
			for i := intArg(a, 2, 0); i < v.Len(); i++ {
				eq, err := rt.equal(v.Index(i), a[1])
				if err != nil {
					return nil, err
				}
				if eq && name == "index_of" {
					return starlark.MakeInt(i), nil
				}
				if eq {
					n++
				}
			}
			if name == "count" {
				return starlark.MakeInt(n), nil
			}
			s, err := rt.repr(a[1])
			if err != nil {
				return nil, err
			}
			return nil, rt.raise("ValueError", "%s is not in list", s)
		}
	case starlark.Tuple:
		if name == "index_of" || name == "count" {
			a[0] = starlark.NewList(append([]starlark.Value(nil), v...))
			return rt.container(name, a, kw)
		}
	case *starlark.Dict:
		switch name {
		case "copy":
			d := starlark.NewDict(v.Len())
			for _, kv := range v.Items() {
				if err := d.SetKey(kv[0], kv[1]); err != nil {
					return nil, err
				}
			}
			return d, nil
		case "popitem":
			items := v.Items()
			if len(items) == 0 {
				return nil, &Raised{Exc: rt.exception("KeyError", starlark.String("popitem(): dictionary is empty"))}
			}
			last := items[len(items)-1]
			_, _, err := v.Delete(last[0])
			return last, err
		}
	case *starlark.Set:
		switch name {
		case "copy":
			return v.Union(starlark.NewSet(0).Iterate())
		case "isdisjoint":
			xs, err := rt.all(rt.thread, a[1])
			if err != nil {
				return nil, err
			}
			for _, x := range xs {
				if has, err := v.Has(x); has || err != nil {
					return starlark.False, err
				}
			}
			return starlark.True, nil
		case "difference_update", "intersection_update", "symmetric_difference_update":
			xs, err := rt.all(rt.thread, a[1])
			if err != nil {
				return nil, err
			}
			other := starlark.NewSet(len(xs))
			for _, x := range xs {
				if err := other.Insert(x); err != nil {
					return nil, err
				}
			}
			op := map[string]string{"difference_update": "-", "intersection_update": "&", "symmetric_difference_update": "^"}[name]
			_, err = rt.inPlace(op, v, other)
			return starlark.None, err
		}
	case starlark.Int:
		switch name {
		case "bit_length":
			return starlark.MakeInt(v.BigInt().BitLen()), nil
		case "to_bytes":
			n := intArg(a, 1, 1)
			raw := v.BigInt().Bytes()
			if len(raw) > n {
				return nil, rt.raise("OverflowError", "int too big to convert")
			}
			out := append(make([]byte, n-len(raw)), raw...)
			if strArg(a, 2, "big") == "little" {
				for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
					out[i], out[j] = out[j], out[i]
				}
			}
			return starlark.Bytes(out), nil
		}
	case starlark.Float:
		if name == "is_integer" {
			return starlark.Bool(float64(v) == float64(int64(v))), nil
		}
	case starlark.Bytes:
		if name == "hex" {
			return stringValue(hexBytes(string(v)))
		}
	}
	if name == "index_of" {
		name = "index"
	}
	return rt.callMethod(name, a, kw)
}
