package api

import (
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"
	starjson "go.starlark.net/lib/json"
	starmath "go.starlark.net/lib/math"
	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// The declarations name exactly what go.starlark.net has.
func TestUniverseIsStarlarks(t *testing.T) {
	u := Load().Starlark
	var declared, real []string
	for _, f := range u.Functions {
		if f.Name != "struct" { // from package starlarkstruct
			declared = append(declared, f.Name)
		}
	}
	for name, v := range starlark.Universe {
		if _, ok := v.(*starlark.Builtin); ok {
			real = append(real, name)
		}
	}
	same(t, "builtins", declared, real)
	time0 := startime.Time{}
	for name, v := range map[string]starlark.HasAttrs{
		"str": starlark.String(""), "bytes": starlark.Bytes(""), "list": &starlark.List{}, "dict": &starlark.Dict{}, "set": &starlark.Set{},
		"time.time": time0, "time.duration": startime.Duration(0),
	} {
		same(t, name, classNames(u.Classes, name), v.AttrNames())
	}
	for name, m := range map[string]*starlarkstruct.Module{"json": starjson.Module, "math": starmath.Module, "time": startime.Module} {
		// Python's names are added by package script/modules.
		real := append(m.AttrNames(), map[string][]string{"json": {"dumps", "loads"}, "time": {"sleep"}}[name]...)
		same(t, name, moduleNames(u.Modules, name), real)
	}
}

func classNames(list []*Class, name string) (names []string) {
	for _, c := range list {
		if c.Name == name {
			for _, m := range c.Methods {
				names = append(names, m.Name)
			}
			for _, a := range c.Attributes {
				names = append(names, a.Name)
			}
		}
	}
	return names
}

func moduleNames(list []*Module, name string) (names []string) {
	for _, c := range list {
		if c.Name == name {
			for _, m := range c.Functions {
				names = append(names, m.Name)
			}
			for _, a := range c.Variables {
				names = append(names, a.Name)
			}
		}
	}
	return names
}

func same(t *testing.T, what string, declared, real []string) {
	t.Helper()
	sort.Strings(declared)
	sort.Strings(real)
	if d := cmp.Diff(real, declared); d != "" {
		t.Errorf("%s (- real, + declared):\n%s", what, d)
	}
}
