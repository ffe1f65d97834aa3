package pyrt

import (
	"encoding/hex"
	"strings"
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

// attr is an attribute of a builtin value, with the methods that Starlark lacks; nil when there is none.
func (rt *Runtime) attr(v starlark.Value, name string) (starlark.Value, error) {
	if f, ok := rt.module.Members[name].(*starlark.Builtin); ok && strMethods[name] != nil && v.Type() == "string" {
		return rt.bound(name, f, v), nil
	}
	if h, ok := v.(starlark.HasAttrs); ok {
		return h.Attr(name)
	}
	switch v.(type) {
	case starlark.Int, starlark.Float:
		switch name {
		case "real":
			return v, nil
		case "imag":
			return starlark.MakeInt(0), nil
		}
	}
	return nil, nil
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
	m["str_maketrans"] = rt.pos("maketrans", 1, 3, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return rt.makeTranslation(a)
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
	if s, ok := textOf(a[i]); ok {
		return s
	}
	return def
}

// textOf is what a str or bytes holds.
func textOf(v starlark.Value) (string, bool) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), true
	case starlark.Bytes:
		return string(v), true
	}
	return "", false
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

// makeTranslation is str.maketrans: a dict from code points to what they become.
func (rt *Runtime) makeTranslation(a starlark.Tuple) (starlark.Value, error) {
	out := starlark.NewDict(8)
	if len(a) == 1 {
		d, ok := a[0].(starlark.IterableMapping)
		if !ok {
			return nil, rt.raise("TypeError", "if you give only one argument to maketrans it must be a dict")
		}
		for _, kv := range d.Items() {
			k := kv[0]
			if s, ok := k.(starlark.String); ok {
				r := []rune(string(s))
				if len(r) != 1 {
					return nil, rt.raise("ValueError", "string keys in translate table must be of length 1")
				}
				k = starlark.MakeInt(int(r[0]))
			}
			if err := out.SetKey(k, kv[1]); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	from, to := []rune(strArg(a, 0, "")), []rune(strArg(a, 1, ""))
	if len(from) != len(to) {
		return nil, rt.raise("ValueError", "the first two maketrans arguments must have equal length")
	}
	for i, r := range from {
		if err := out.SetKey(starlark.MakeInt(int(r)), starlark.MakeInt(int(to[i]))); err != nil {
			return nil, err
		}
	}
	for _, r := range strArg(a, 2, "") {
		if err := out.SetKey(starlark.MakeInt(int(r)), starlark.None); err != nil {
			return nil, err
		}
	}
	return out, nil
}
