package modules

import (
	"context"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script"
)

// failure returns a failed assertion; the message of the script comes at the end, as in unittest.
func failure(c *script.Call, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if c.Function.Param("msg") != nil {
		if msg, _ := c.OptString("msg"); msg != "" {
			text += " : " + msg
		}
	}
	return script.Failf("%s", text)
}

func assertFunctions(re *regexps) map[string]script.Impl {
	return map[string]script.Impl{
		"__call__": assertion,
		"eq":       equal("a", "b"),
		"ne":       notEqual("a", "b"),
		"true":     truth("cond", true),
		"contains": contains(true),
		"fails":    re.raises,
	}
}

// assertion implements assert(cond, msg): without a message it shows the script's line.
func assertion(_ context.Context, c *script.Call) (starlark.Value, error) {
	if c.Value("cond").Truth() {
		return nil, nil
	}
	if c.String("msg") == "" {
		if src := c.Source(); src != nil && src.Text != "" {
			return nil, script.Failf("assertion failed: %s", strings.TrimSpace(src.Text))
		}
	}
	return nil, failure(c, "assertion failed")
}

func equal(first, second string) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		a, b := c.Value(first), c.Value(second)
		eq, err := starlark.Equal(a, b)
		if err != nil || eq {
			return nil, err
		}
		return nil, failure(c, "%s", difference(a, b))
	}
}

func notEqual(first, second string) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		a, b := c.Value(first), c.Value(second)
		eq, err := starlark.Equal(a, b)
		if err != nil || !eq {
			return nil, err
		}
		return nil, failure(c, "%s == %s", short(a), short(b))
	}
}

func truth(param string, want bool) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		v := c.Value(param)
		if bool(v.Truth()) == want {
			return nil, nil
		}
		return nil, failure(c, "%s is not %t", short(v), want)
	}
}

func contains(want bool) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		member, container := c.Value("member"), c.Value("container")
		in, err := starlark.Binary(syntax.IN, member, container)
		if err != nil {
			return nil, c.Errorf("%s", err)
		}
		if bool(in.Truth()) == want {
			return nil, nil
		}
		word := "not found"
		if !want {
			word = "unexpectedly found"
		}
		return nil, failure(c, "%s %s in %s", short(member), word, short(container))
	}
}

// raises calls fn, which must fail with a message that matches, with the arguments that are given.
func (re *regexps) raises(ctx context.Context, c *script.Call) (starlark.Value, error) {
	fn := c.Callable("fn")
	called := fn
	if c.Function.Param("args") != nil {
		args, kwargs := starlark.Tuple(c.Values("args")), c.Value("kwargs").(*starlark.Dict).Items()
		called = starlark.NewBuiltin(fn.Name(), func(th *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return starlark.Call(th, fn, args, kwargs)
		})
	}
	_, failed, err := c.Try(ctx, called)
	if err != nil {
		return nil, err
	}
	if failed == nil {
		return nil, script.Failf("%s did not fail", fn.Name())
	}
	pattern, ok := c.OptString("pattern")
	if !ok {
		return nil, nil
	}
	r, err := re.compile(pattern, 0)
	if err != nil {
		return nil, c.Errorf("%s", err)
	}
	found, err := r.MatchString(failed.Error())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, script.Failf("%q does not match the failure of %s: %s", pattern, fn.Name(), failed)
	}
	return nil, nil
}
