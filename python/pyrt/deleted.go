package pyrt

import "go.starlark.net/starlark"

// deleted is what a variable holds that `except … as e` has deleted at its end.
type deleted struct{ starlark.NoneType }

func (rt *Runtime) deletedNames(m starlark.StringDict) {
	m["deleted"] = deleted{}
	m["present"] = rt.pos("present", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if _, gone := a[1].(deleted); gone {
			return nil, rt.raise("NameError", "name '%s' is not defined", strArg(a, 0, ""))
		}
		return a[1], nil
	})
}
