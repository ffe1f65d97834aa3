package pyrt

import "go.starlark.net/starlark"

// dictView is what d.keys(), d.values() and d.items() give where only their text form is wanted.
type dictView struct {
	*starlark.List
	rt   *Runtime
	name string
}

func (v *dictView) Type() string { return "dict_" + v.name }
func (v *dictView) String() string {
	s, err := v.rt.repr(v.List)
	if err != nil {
		return v.Type()
	}
	return v.Type() + "(" + s + ")"
}
