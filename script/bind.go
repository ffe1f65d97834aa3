package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// ArgumentError is a call with arguments that the declaration does not allow: a bug in the script.
type ArgumentError struct {
	Function string
	Msg      string
}

func (e *ArgumentError) Error() string { return e.Function + ": " + e.Msg }

// ErrorClass returns "script".
func (e *ArgumentError) ErrorClass() string { return ClassScript }

// bindOverloads binds to the first signature that fits. If none does, the error is that of the longest.
func bindOverloads(f *api.Function, args starlark.Tuple, kwargs []starlark.Tuple) (*api.Function, []starlark.Value, []bool, error) {
	values, given, err := bind(f, args, kwargs)
	if err == nil {
		return f, values, given, nil
	}
	longest := len(f.Params)
	for _, o := range f.Overloads {
		v, g, oerr := bind(o, args, kwargs)
		if oerr == nil {
			return o, v, g, nil
		}
		if len(o.Params) > longest {
			longest, err = len(o.Params), oerr
		}
	}
	return nil, nil, nil, err
}

// bind puts arguments into the order of the declaration's parameters. given reports which of them the call had.
func bind(f *api.Function, args starlark.Tuple, kwargs []starlark.Tuple) (values []starlark.Value, given []bool, err error) {
	fail := func(format string, a ...any) ([]starlark.Value, []bool, error) {
		return nil, nil, &ArgumentError{Function: f.Name, Msg: fmt.Sprintf(format, a...)}
	}
	values, given = make([]starlark.Value, len(f.Params)), make([]bool, len(f.Params))
	rest := args
	positional := 0
	for i, p := range f.Params {
		switch p.Kind {
		case api.Positional:
			positional++
			if len(rest) > 0 {
				values[i], given[i], rest = rest[0], true, rest[1:]
			}
		case api.VarArgs:
			values[i], given[i], rest = rest, len(rest) > 0, nil
		}
	}
	if len(rest) > 0 {
		if name := firstKeywordOnly(f); name != "" {
			return fail("takes %s, got %d (the others by name, as in %s=…)", plural(positional, "positional argument"), len(args), name)
		}
		return fail("takes %s, got %d", plural(positional, "positional argument"), len(args))
	}
	for _, kw := range kwargs {
		name := string(kw[0].(starlark.String))
		i, found := paramIndex(f, name)
		if !found {
			if k := kwIndex(f); k >= 0 {
				if values[k] == nil {
					values[k] = new(starlark.Dict)
				}
				if err := values[k].(*starlark.Dict).SetKey(kw[0], kw[1]); err != nil {
					return fail("%s", err)
				}
				given[k] = true
				continue
			}
			return fail("has no parameter %s%s", name, near.DidYouMean(name, paramNames(f)))
		}
		if given[i] {
			return fail("got several values for %s", name)
		}
		values[i], given[i] = kw[1], true
	}
	var missing []string
	for i, p := range f.Params {
		if values[i] != nil {
			if err := checkParam(p, values[i]); err != nil {
				return fail("%s", err)
			}
			continue
		}
		switch {
		case p.Kind == api.VarArgs:
			values[i] = starlark.Tuple{}
		case p.Kind == api.KwArgs:
			values[i] = new(starlark.Dict)
		case p.Required():
			missing = append(missing, p.Name)
		default:
			if values[i], err = constant(p.Default); err != nil {
				return fail("default value of %s: %s", p.Name, err)
			}
		}
	}
	if len(missing) > 0 {
		return fail("%s missing: %s", plural(len(missing), "argument"), strings.Join(missing, ", "))
	}
	return values, given, nil
}

func checkParam(p api.Param, v starlark.Value) error {
	switch p.Kind {
	case api.VarArgs:
		for i, e := range v.(starlark.Tuple) {
			if err := checkValue(fmt.Sprintf("%s[%d]", p.Name, i), e, p.Type); err != nil {
				return err
			}
		}
		return nil
	case api.KwArgs:
		for _, item := range v.(*starlark.Dict).Items() {
			if err := checkValue(string(item[0].(starlark.String)), item[1], p.Type); err != nil {
				return err
			}
		}
		return nil
	}
	return checkValue(p.Name, v, p.Type)
}

func checkValue(name string, v starlark.Value, t *api.Type) error {
	if !conforms(v, t) {
		return fmt.Errorf("%s must be %s, not %s%s", name, plainType(t), describe(v), ofType(v))
	}
	if t.Has("Duration") {
		if d, ok := duration(v); ok && d < 0 {
			return fmt.Errorf("%s must not be negative, but is %s", name, v)
		} else if !ok && v != starlark.None {
			return fmt.Errorf("%s must be %s, not %s", name, plainType(t), v)
		}
	}
	return nil
}

// plainType returns a type as users think of it: kinds of text, such as ShellCommand, are str.
func plainType(t *api.Type) string {
	if t.Name == "|" {
		parts := make([]string, len(t.Args))
		for i, a := range t.Args {
			parts[i] = plainType(a)
		}
		return strings.Join(parts, " | ")
	}
	if t.Name == "Duration" {
		return "a number of seconds or a time.duration"
	}
	if al := api.Load().Alias(t.Name); al != nil {
		return al.Type.String()
	}
	return t.String()
}

// ofType returns a value's type for an error, empty where its text shows it already.
func ofType(v starlark.Value) string {
	switch v.(type) {
	case starlark.NoneType, *Object, iterableObject, starlark.Callable:
		return ""
	}
	return " (" + TypeName(v) + ")"
}

func paramIndex(f *api.Function, name string) (int, bool) {
	for i, p := range f.Params {
		if p.Name == name && !p.PositionalOnly && (p.Kind == api.Positional || p.Kind == api.KeywordOnly) {
			return i, true
		}
	}
	return 0, false
}

func kwIndex(f *api.Function) int {
	for i, p := range f.Params {
		if p.Kind == api.KwArgs {
			return i
		}
	}
	return -1
}

func firstKeywordOnly(f *api.Function) string {
	for _, p := range f.Params {
		if p.Kind == api.KeywordOnly {
			return p.Name
		}
	}
	return ""
}

func paramNames(f *api.Function) []string {
	var names []string
	for _, p := range f.Params {
		if p.Kind == api.Positional || p.Kind == api.KeywordOnly {
			names = append(names, p.Name)
		}
	}
	return names
}

func plural(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
