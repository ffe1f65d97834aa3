package pyrt

import (
	"encoding/binary"
	"math"
	"math/big"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// layout is a format of Python's module struct: for a 64-bit little-endian machine where it is the machine's own.
type layout struct {
	order  binary.ByteOrder
	fields []packed
	size   int
}

type packed struct {
	code   byte
	offset int
	size   int
}

var nativeSizes = map[byte]int{
	'x': 1, 'c': 1, 'b': 1, 'B': 1, '?': 1, 'h': 2, 'H': 2, 'i': 4, 'I': 4, 'l': 8, 'L': 8, 'q': 8, 'Q': 8, 'n': 8, 'N': 8, 'f': 4, 'd': 8, 's': 1,
}

func (rt *Runtime) structLayout(v starlark.Value) (layout, error) {
	format, ok := starlark.AsString(v)
	if b, isBytes := v.(starlark.Bytes); isBytes {
		format, ok = string(b), true
	}
	if !ok {
		return layout{}, rt.raise("TypeError", "Struct() argument 1 must be a str or bytes object, not %s", typeName(v))
	}
	l := layout{order: binary.LittleEndian}
	native := true
	if format != "" && strings.IndexByte("@=<>!", format[0]) >= 0 {
		native = format[0] == '@'
		if format[0] == '>' || format[0] == '!' {
			l.order = binary.BigEndian
		}
		format = format[1:]
	}
	count, given := 0, false
	for i := range len(format) {
		c := format[i]
		switch {
		case c >= '0' && c <= '9':
			count, given = min(count*10+int(c-'0'), 1<<24), true
			continue
		case c == ' ' || c == '\n' || c == '\t':
			continue
		}
		size := nativeSizes[c]
		if !native && (c == 'l' || c == 'L') {
			size = 4
		}
		if size == 0 || !native && (c == 'n' || c == 'N') {
			return layout{}, rt.raise("StructError", "bad char in struct format")
		}
		if !given {
			count = 1
		}
		if native && c != 's' {
			l.size = (l.size + size - 1) / size * size
		}
		switch c {
		case 's':
			l.fields = append(l.fields, packed{c, l.size, count})
			l.size += count
		case 'x':
			l.size += count
		default:
			for range count {
				l.fields = append(l.fields, packed{c, l.size, size})
				l.size += size
			}
		}
		count, given = 0, false
	}
	if given {
		return layout{}, rt.raise("StructError", "repeat count given without format specifier")
	}
	return l, nil
}

func (rt *Runtime) structModule() *starlarkstruct.Module {
	data := func(a starlark.Tuple, i int) (string, error) {
		switch v := a[i].(type) {
		case starlark.Bytes:
			return string(v), nil
		}
		return "", rt.raise("TypeError", "a bytes-like object is required, not '%s'", typeName(a[i]))
	}
	return namespace("struct", starlark.StringDict{
		"error": rt.classes["StructError"],
		"calcsize": rt.pos("calcsize", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			l, err := rt.structLayout(a[0])
			return starlark.MakeInt(l.size), err
		}),
		"pack": rt.pos("pack", 1, -1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			l, err := rt.structLayout(a[0])
			if err != nil {
				return nil, err
			}
			if len(l.fields) != len(a)-1 {
				return nil, rt.raise("StructError", "pack expected %d items for packing (got %d)", len(l.fields), len(a)-1)
			}
			out := make([]byte, l.size)
			for i, f := range l.fields {
				if err := rt.pack(l.order, out[f.offset:f.offset+f.size], f.code, a[i+1]); err != nil {
					return nil, err
				}
			}
			return starlark.Bytes(out), nil
		}),
		"unpack": rt.pos("unpack", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			l, err := rt.structLayout(a[0])
			if err != nil {
				return nil, err
			}
			s, err := data(a, 1)
			if err != nil {
				return nil, err
			}
			if len(s) != l.size {
				return nil, rt.raise("StructError", "unpack requires a buffer of %d bytes", l.size)
			}
			return l.unpack(s), nil
		}),
		"unpack_from": rt.fn("unpack_from", func(_ *starlark.Thread, args starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			a, err := rt.bind("unpack_from", []string{"format", "buffer", "offset"}, args, kw)
			if err != nil {
				return nil, err
			}
			if a[0] == nil || a[1] == nil {
				return nil, rt.raise("TypeError", "unpack_from expected at least 2 arguments")
			}
			l, err := rt.structLayout(a[0])
			if err != nil {
				return nil, err
			}
			s, err := data(a, 1)
			if err != nil {
				return nil, err
			}
			from := 0
			if a[2] != nil {
				from = intArg(a, 2, 0)
			}
			if from < 0 {
				from += len(s)
			}
			if from < 0 || len(s)-from < l.size {
				return nil, rt.raise("StructError", "unpack_from requires a buffer of at least %d bytes for unpacking %d bytes at offset %d (actual buffer size is %d)", from+l.size, l.size, from, len(s))
			}
			return l.unpack(s[from : from+l.size]), nil
		}),
	})
}

func (rt *Runtime) pack(order binary.ByteOrder, out []byte, code byte, v starlark.Value) error {
	wrong := func(what string) error { return rt.raise("StructError", "%s", what) }
	switch code {
	case 's', 'c':
		b, ok := v.(starlark.Bytes)
		if !ok || code == 'c' && len(b) != 1 {
			return wrong("argument for '" + string(code) + "' must be a bytes object")
		}
		copy(out, b)
		return nil
	case '?':
		if v.Truth() {
			out[0] = 1
		}
		return nil
	case 'f', 'd':
		x, ok := starlark.AsFloat(v)
		switch {
		case !ok:
			return wrong("required argument is not a float")
		case code == 'f':
			order.PutUint32(out, math.Float32bits(float32(x)))
		default:
			order.PutUint64(out, math.Float64bits(x))
		}
		return nil
	}
	n, ok := v.(starlark.Int)
	if b, isBool := v.(starlark.Bool); isBool {
		n, ok = starlark.MakeInt(0), true
		if b {
			n = starlark.MakeInt(1)
		}
	}
	if !ok {
		return wrong("required argument is not an integer")
	}
	least, most := big.NewInt(0), new(big.Int).Lsh(big.NewInt(1), uint(8*len(out)))
	if code >= 'a' { // the signed ones
		most.Rsh(most, 1)
		least.Neg(most)
	}
	if x := n.BigInt(); x.Cmp(least) < 0 || x.Cmp(most) >= 0 {
		return wrong("'" + string(code) + "' format requires " + least.String() + " <= number <= " + most.Sub(most, big.NewInt(1)).String())
	}
	var u uint64
	if s, ok := n.Int64(); ok {
		u = uint64(s)
	} else {
		u, _ = n.Uint64()
	}
	switch len(out) {
	case 1:
		out[0] = byte(u)
	case 2:
		order.PutUint16(out, uint16(u))
	case 4:
		order.PutUint32(out, uint32(u))
	case 8:
		order.PutUint64(out, u)
	}
	return nil
}

func (l layout) unpack(s string) starlark.Tuple {
	out := starlark.Tuple{}
	for _, f := range l.fields {
		b := []byte(s[f.offset : f.offset+f.size])
		var u uint64
		switch {
		case f.code == 's':
		case f.size == 1:
			u = uint64(b[0])
		case f.size == 2:
			u = uint64(l.order.Uint16(b))
		case f.size == 4:
			u = uint64(l.order.Uint32(b))
		case f.size == 8:
			u = l.order.Uint64(b)
		}
		switch f.code {
		case 's', 'c':
			out = append(out, starlark.Bytes(b))
		case '?':
			out = append(out, starlark.Bool(u != 0))
		case 'f':
			out = append(out, starlark.Float(math.Float32frombits(uint32(u))))
		case 'd':
			out = append(out, starlark.Float(math.Float64frombits(u)))
		case 'b', 'h', 'i', 'l', 'q', 'n':
			shift := uint(64 - 8*f.size)
			out = append(out, starlark.MakeInt64(int64(u<<shift)>>shift))
		default:
			out = append(out, starlark.MakeUint64(u))
		}
	}
	return out
}
