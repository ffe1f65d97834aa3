package bridge

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
)

// Values are sent in the format of Python's module marshal, version 2, which distinguishes Python's types: str and bytes,
// list, tuple, set and dict, integers of any size. A tuple that begins with an Ellipsis is a reference:
//
//	(..., number, class, text)               an object of the driver, to Python
//	(..., "object", number)                  the same, from Python
//	(..., "function", number, name)          a function of the script; behind the name there may be what Fingerprint returns
//
// Bytes of a text that are not UTF-8 are lone surrogates in Python (PEP 383).

// refs are the objects that Python knows, by their numbers.
type refs interface {
	number(v starlark.Value) (n int, class string)
	object(n int) (starlark.Value, error)
	function(n int, name, fingerprint string) starlark.Value
}

// encoder writes a value.
type encoder struct {
	out     []byte
	refs    refs
	hasRefs bool // a reference was written
}

func (e *encoder) size(n int) { e.out = binary.LittleEndian.AppendUint32(e.out, uint32(n)) }

func (e *encoder) text(s string) {
	e.out = append(e.out, 'u')
	if utf8.ValidString(s) {
		e.size(len(s))
		e.out = slices.Grow(e.out, len(s)+16) // the rest of an answer is short
		e.out = append(e.out, s...)
		return
	}
	at := len(e.out)
	e.size(0)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			c := 0xdc00 + rune(s[i])
			e.out = append(e.out, 0xe0|byte(c>>12), 0x80|byte(c>>6)&0x3f, 0x80|byte(c)&0x3f)
		} else {
			e.out = append(e.out, s[i:i+n]...)
		}
		i += n
	}
	binary.LittleEndian.PutUint32(e.out[at:], uint32(len(e.out)-at-4))
}

func (e *encoder) integer(i *big.Int) {
	if i.IsInt64() && int64(int32(i.Int64())) == i.Int64() {
		e.out = append(e.out, 'i')
		e.size(int(int32(i.Int64())))
		return
	}
	var digits []byte
	n := 0
	for rest, mask := new(big.Int).Abs(i), big.NewInt(1<<15-1); rest.Sign() > 0; rest.Rsh(rest, 15) {
		digits = binary.LittleEndian.AppendUint16(digits, uint16(new(big.Int).And(rest, mask).Uint64()))
		n++
	}
	e.out = append(e.out, 'l')
	e.size(n * i.Sign())
	e.out = append(e.out, digits...)
}

func (e *encoder) values(kind byte, n int, at func(i int) starlark.Value) error {
	e.out = append(e.out, kind)
	e.size(n)
	for i := range n {
		if err := e.value(at(i)); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) value(v starlark.Value) error {
	switch v := v.(type) {
	case nil, starlark.NoneType:
		e.out = append(e.out, 'N')
	case starlark.Bool:
		if v {
			e.out = append(e.out, 'T')
		} else {
			e.out = append(e.out, 'F')
		}
	case starlark.Int:
		e.integer(v.BigInt())
	case starlark.Float:
		e.out = append(e.out, 'g')
		e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(float64(v)))
	case starlark.String:
		e.text(string(v))
	case starlark.Bytes:
		e.out = append(e.out, 's')
		e.size(len(v))
		e.out = append(e.out, v...)
	case starlark.Tuple:
		return e.values('(', len(v), v.Index)
	case *starlark.List:
		return e.values('[', v.Len(), v.Index)
	case *starlark.Set:
		var all []starlark.Value
		for x := range starlark.Elements(v) {
			all = append(all, x)
		}
		return e.values('<', len(all), func(i int) starlark.Value { return all[i] })
	case *starlark.Dict:
		e.out = append(e.out, '{')
		for _, item := range v.Items() {
			if err := errors.Join(e.value(item[0]), e.value(item[1])); err != nil {
				return err
			}
		}
		e.out = append(e.out, '0')
	default:
		if script.AsObject(v) == nil {
			return fmt.Errorf("a value of type %s can't be given to Python", v.Type())
		}
		e.hasRefs = true
		n, class := e.refs.number(v)
		e.out = append(e.out, '(')
		e.size(4)
		e.out = append(e.out, '.')
		return errors.Join(e.value(starlark.MakeInt(n)), e.value(starlark.String(class)), e.value(starlark.String(v.String())))
	}
	return nil
}

// decoder reads a value.
type decoder struct {
	in   []byte
	refs refs
}

// valueError reports that a value can't be given to the driver.
type valueError struct{ msg string }

func (e *valueError) Error() string { return e.msg + " can't be given to the driver" }

var errFormat = errors.New("the Python side sent a malformed message")

func (d *decoder) take(n int) ([]byte, error) {
	if n < 0 || n > len(d.in) {
		return nil, errFormat
	}
	out := d.in[:n]
	d.in = d.in[n:]
	return out, nil
}

func (d *decoder) size() (int, error) {
	b, err := d.take(4)
	if err != nil {
		return 0, err
	}
	return int(int32(binary.LittleEndian.Uint32(b))), nil
}

func (d *decoder) block() ([]byte, error) {
	n, err := d.size()
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

func (d *decoder) values() ([]starlark.Value, error) {
	n, err := d.size()
	if err != nil || n < 0 || n > len(d.in) {
		return nil, errFormat
	}
	out := make([]starlark.Value, n)
	for i := range out {
		if out[i], err = d.value(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ellipsis begins a reference.
type ellipsis struct{ starlark.NoneType }

func (d *decoder) value() (starlark.Value, error) {
	kind, err := d.take(1)
	if err != nil {
		return nil, err
	}
	switch kind[0] {
	case 'N':
		return starlark.None, nil
	case 'T':
		return starlark.True, nil
	case 'F':
		return starlark.False, nil
	case '.':
		return ellipsis{}, nil
	case 'i':
		n, err := d.size()
		return starlark.MakeInt(n), err
	case 'l':
		return d.long()
	case 'g':
		b, err := d.take(8)
		if err != nil {
			return nil, err
		}
		return starlark.Float(math.Float64frombits(binary.LittleEndian.Uint64(b))), nil
	case 's':
		b, err := d.block()
		return starlark.Bytes(b), err
	case 'u', 't':
		b, err := d.block()
		return starlark.String(plainText(b)), err
	case '[':
		all, err := d.values()
		return starlark.NewList(all), err
	case '(':
		all, err := d.values()
		if len(all) > 0 && all[0] == (ellipsis{}) && err == nil {
			return d.reference(all[1:])
		}
		return starlark.Tuple(all), err
	case '<', '>':
		all, err := d.values()
		set := starlark.NewSet(len(all))
		for _, v := range all {
			if set.Insert(v) != nil {
				return nil, &valueError{"a set of " + v.Type() + "s"}
			}
		}
		return set, err
	case '{':
		return d.dict()
	}
	if kind[0] == 'y' {
		return nil, &valueError{"a complex number"}
	}
	return nil, fmt.Errorf("%w: %q", errFormat, kind)
}

func (d *decoder) long() (starlark.Value, error) {
	n, err := d.size()
	if err != nil {
		return nil, err
	}
	negative := n < 0
	if negative {
		n = -n
	}
	b, err := d.take(2 * n)
	if err != nil {
		return nil, err
	}
	i := new(big.Int)
	for ; len(b) > 0; b = b[:len(b)-2] {
		i.Or(i.Lsh(i, 15), big.NewInt(int64(binary.LittleEndian.Uint16(b[len(b)-2:]))))
	}
	if negative {
		i.Neg(i)
	}
	return starlark.MakeBigInt(i), nil
}

func (d *decoder) dict() (starlark.Value, error) {
	out := new(starlark.Dict)
	for {
		if len(d.in) > 0 && d.in[0] == '0' {
			d.in = d.in[1:]
			return out, nil
		}
		k, err := d.value()
		if err != nil {
			return nil, err
		}
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		if out.SetKey(k, v) != nil {
			return nil, &valueError{"a dict with a " + k.Type() + " for a key"}
		}
	}
}

func (d *decoder) reference(parts starlark.Tuple) (starlark.Value, error) {
	if len(parts) >= 2 {
		n, err := starlark.AsInt32(parts[1])
		switch {
		case err != nil:
		case len(parts) == 2 && parts[0] == starlark.String("object"):
			return d.refs.object(n)
		case (len(parts) == 3 || len(parts) == 4) && parts[0] == starlark.String("function"):
			name, _ := starlark.AsString(parts[2])
			fingerprint := ""
			if len(parts) == 4 {
				fingerprint, _ = starlark.AsString(parts[3])
			}
			return d.refs.function(n, name, fingerprint), nil
		}
	}
	return nil, &valueError{"an Ellipsis"}
}

// plainText replaces lone surrogates by their bytes. Surrogates that are not from PEP 383 become U+FFFD.
func plainText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out []byte
	for len(b) > 0 {
		switch {
		case len(b) >= 3 && b[0] == 0xed && b[1] >= 0xa0: // U+D800 to U+DFFF
			if c := rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f); c >= 0xc80 && c <= 0xcff {
				out = append(out, byte(c))
			} else {
				out = utf8.AppendRune(out, utf8.RuneError)
			}
			b = b[3:]
		default:
			_, n := utf8.DecodeRune(b)
			out = append(out, b[:n]...)
			b = b[n:]
		}
	}
	return string(out)
}
