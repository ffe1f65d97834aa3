package pyrt

import (
	"bufio"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// ioModule has the files that are only in memory.
func (rt *Runtime) ioModule() *starlarkstruct.Module {
	return namespace("io", starlark.StringDict{
		"StringIO": rt.pos("StringIO", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if text := strArg(a, 0, ""); text != "" {
				return &stream{rt: rt, name: "<StringIO>", r: bufio.NewReader(strings.NewReader(text)), text: func() string { return text }}, nil
			}
			written := &strings.Builder{}
			return &stream{rt: rt, name: "<StringIO>", w: written, text: written.String}, nil
		}),
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
