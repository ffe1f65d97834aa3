// Package modules is the modules of the test language that need no machines: t, assert, log, re, shlex,
// base64, os, random, debug, json, math and time.
package modules

import (
	"context"
	"maps"
	"strings"

	"go.starlark.net/lib/json"
	"go.starlark.net/lib/math"
	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// Options are what the caller provides to the modules.
type Options struct {
	Seed    int64    // for the module random; the caller logs it
	Environ []string // for the module os, in the form of os.Environ
	// Breakpoint is called by debug.breakpoint(), while the frames still exist; nil: no debugger.
	Breakpoint func(thread *starlark.Thread) error
}

// module describes how a declared module is made.
type module struct {
	impls map[string]script.Impl
	vars  starlark.StringDict
}

func all(o Options) map[string]module {
	re := newRegexps()
	return map[string]module{
		"assert": {impls: assertFunctions(re)},
		"base64": {impls: base64Functions()},
		"debug":  {impls: debugFunctions(o.Breakpoint)},
		"log":    {impls: logFunctions()},
		"os":     osModule(o.Environ),
		"random": {impls: randomFunctions(o.Seed)},
		"re":     {impls: re.functions(), vars: regexpFlags()},
		"shlex":  {impls: shlexFunctions()},
		"t":      {impls: unittestFunctions(re)},
	}
}

// New returns all modules, by name.
func New(o Options) starlark.StringDict {
	out := starlark.StringDict{
		"json": jsonModule(),
		"math": math.Module,
		"time": timeModule(),
	}
	for name, m := range all(o) {
		out[name] = script.NewModule(api.Load().Module(name), m.impls, m.vars)
	}
	return out
}

// timeModule returns go.starlark.net's module with Python's sleep.
func timeModule() starlark.Value {
	members := maps.Clone(startime.Module.Members)
	members["sleep"] = script.NewFunction(api.Load().Starlark.Module("time").Function("sleep"), func(ctx context.Context, c *script.Call) (starlark.Value, error) {
		d, _ := c.Duration("seconds")
		return starlark.None, c.Sleep(ctx, d)
	})
	return &starlarkstruct.Module{Name: "time", Members: members}
}

// jsonModule returns go.starlark.net's module with Python's names for encode and decode.
func jsonModule() starlark.Value {
	members := maps.Clone(json.Module.Members)
	members["loads"] = starlark.NewBuiltin("loads", func(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var s starlark.Value
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, "s", &s); err != nil {
			return nil, err
		}
		return starlark.Call(thread, json.Module.Members["decode"], starlark.Tuple{s}, nil)
	})
	members["dumps"] = starlark.NewBuiltin("dumps", dumps)
	return &starlarkstruct.Module{Name: "json", Members: members}
}

// maxIndent bounds the indentation of json.dumps.
const maxIndent = 100

func dumps(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var obj, indent starlark.Value = nil, starlark.None
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "obj", &obj, "indent?", &indent); err != nil {
		return nil, err
	}
	switch n := indent.(type) {
	case starlark.NoneType:
		return starlark.Call(thread, json.Module.Members["encode"], starlark.Tuple{obj}, nil)
	case starlark.Int:
		width, err := starlark.AsInt32(n)
		if err != nil {
			width = maxIndent
		}
		indent = starlark.String(strings.Repeat(" ", min(max(width, 0), maxIndent)))
	}
	return starlark.Call(thread, json.Module.Members["encode_indent"], starlark.Tuple{obj}, []starlark.Tuple{{starlark.String("indent"), indent}})
}
