package pyrt

import (
	"bufio"
	"io"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// memory is the content of a file that is only in memory, and the place in it.
type memory struct {
	b   []byte
	pos int
}

func (m *memory) Read(p []byte) (int, error) {
	if m.pos >= len(m.b) {
		return 0, io.EOF
	}
	n := copy(p, m.b[m.pos:])
	m.pos += n
	return n, nil
}

func (m *memory) Write(p []byte) (int, error) {
	if gap := m.pos - len(m.b); gap > 0 {
		m.b = append(m.b, make([]byte, gap)...)
	}
	n := copy(m.b[m.pos:], p)
	m.b = append(m.b, p[n:]...)
	m.pos += len(p)
	return len(p), nil
}

// memory makes a file that is only in memory.
func (rt *Runtime) memory(content []byte, binary bool) *stream {
	m := &memory{b: append([]byte(nil), content...)}
	name := "<StringIO>"
	if binary {
		name = "<BytesIO>"
	}
	return &stream{rt: rt, name: name, r: bufio.NewReader(m), w: m, mem: m, binary: binary}
}

// sync forgets what was read ahead, so that the place in the file is the script's.
func (s *stream) sync() {
	if s.mem != nil {
		s.mem.pos -= s.r.Buffered()
		s.r.Reset(s.mem)
	}
}

// memoryAttr gives what only files in memory have, or what they do otherwise.
func (s *stream) memoryAttr(name string) (starlark.Value, error) {
	pos := func(least, most int, f func(a starlark.Tuple) (starlark.Value, error)) (starlark.Value, error) {
		return s.rt.pos(name, least, most, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if s.closed {
				return nil, s.rt.raise("ValueError", "I/O operation on closed file.")
			}
			s.sync()
			return f(a)
		}), nil
	}
	tell := func() starlark.Value {
		if s.binary {
			return starlark.MakeInt(s.mem.pos)
		}
		return starlark.MakeInt(runeLen(string(s.mem.b[:min(s.mem.pos, len(s.mem.b))])))
	}
	offset := func(n int) int {
		if s.binary {
			return n
		}
		for i := range string(s.mem.b) {
			if n--; n < 0 {
				return i
			}
		}
		return len(s.mem.b)
	}
	switch name {
	case "getvalue", "getbuffer":
		return pos(0, 0, func(starlark.Tuple) (starlark.Value, error) {
			if s.binary {
				return starlark.Bytes(s.mem.b), nil
			}
			return starlark.String(s.mem.b), nil
		})
	case "tell":
		return pos(0, 0, func(starlark.Tuple) (starlark.Value, error) { return tell(), nil })
	case "seek":
		return pos(1, 2, func(a starlark.Tuple) (starlark.Value, error) {
			n := intArg(a, 0, 0)
			switch intArg(a, 1, 0) {
			case 0:
				if n < 0 {
					return nil, s.rt.raise("ValueError", "negative seek value %d", n)
				}
				s.mem.pos = offset(n)
			case 1:
				s.mem.pos = max(0, s.mem.pos+n)
			default:
				s.mem.pos = max(0, len(s.mem.b)+n)
			}
			return tell(), nil
		})
	case "truncate":
		return pos(0, 1, func(a starlark.Tuple) (starlark.Value, error) {
			n := s.mem.pos
			if len(a) == 1 {
				n = offset(intArg(a, 0, 0))
			}
			s.mem.b = s.mem.b[:min(n, len(s.mem.b))]
			return starlark.MakeInt(n), nil
		})
	}
	return nil, nil
}

// ioModule has the files that are only in memory.
func (rt *Runtime) ioModule() *starlarkstruct.Module {
	return namespace("io", starlark.StringDict{
		"StringIO": rt.pos("StringIO", 0, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return rt.memory([]byte(strArg(a, 0, "")), false), nil
		}),
		"BytesIO": rt.pos("BytesIO", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if _, ok := append(a, starlark.Bytes(""))[0].(starlark.Bytes); !ok {
				return nil, rt.raise("TypeError", "a bytes-like object is required, not '%s'", typeName(a[0]))
			}
			return rt.memory([]byte(strArg(a, 0, "")), true), nil
		}),
		"SEEK_SET": starlark.MakeInt(0), "SEEK_CUR": starlark.MakeInt(1), "SEEK_END": starlark.MakeInt(2),
	})
}

// operators are the functions of the module operator that stand for an operator.
func (rt *Runtime) operators(m starlark.StringDict) {
	for name, op := range map[string]string{"add": "+", "concat": "+", "sub": "-", "mul": "*", "truediv": "/", "or_": "|", "and_": "&", "xor": "^"} {
		m[name] = rt.pos(name, 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return rt.binary(op, toNumber(a[0]), toNumber(a[1]))
		})
	}
	for name, op := range map[string]string{"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "is_": "is", "is_not": "is not"} {
		m[name] = rt.pos(name, 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.compare(op, a[0], a[1]) })
	}
	m["contains"] = rt.pos("contains", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.contains(a[0], a[1]) })
	m["not_"] = rt.pos("not_", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return !a[0].Truth(), nil })
}
