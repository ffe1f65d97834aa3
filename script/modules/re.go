package modules

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// regexps compiles patterns and keeps them, as Python does, because scripts use the same ones in loops.
type regexps struct {
	mu       sync.Mutex
	compiled map[patternKey]*pyre.Regexp
	patterns *script.Class
	matches  *script.Class
}

type patternKey struct {
	src   string
	flags pyre.Flags
}

const keptPatterns = 512

func newRegexps() *regexps {
	re := &regexps{compiled: map[patternKey]*pyre.Regexp{}}
	re.patterns = script.NewClass(api.Load().Class("Pattern"), re.patternMethods(), map[string]script.Getter{
		"pattern": func(self any) (starlark.Value, error) { return starlark.String(self.(*pyre.Regexp).String()), nil },
	})
	re.matches = script.NewClass(api.Load().Class("Match"), matchMethods(), map[string]script.Getter{
		"string": func(self any) (starlark.Value, error) { return starlark.String(self.(*pyre.Match).Text()), nil },
	})
	re.patterns.ErrorClass, re.matches.ErrorClass = script.ClassScript, script.ClassScript
	return re
}

func (re *regexps) compile(pattern string, flags pyre.Flags) (*pyre.Regexp, error) {
	key := patternKey{pattern, flags}
	re.mu.Lock()
	defer re.mu.Unlock()
	if r := re.compiled[key]; r != nil {
		return r, nil
	}
	r, err := pyre.Compile(pattern, flags)
	if err != nil {
		return nil, err
	}
	if len(re.compiled) >= keptPatterns {
		clear(re.compiled)
	}
	re.compiled[key] = r
	return r, nil
}

// of returns the expression of an argument: a pattern or its text.
func (re *regexps) of(c *script.Call, v starlark.Value, flags int) (*pyre.Regexp, error) {
	if o := script.AsObject(v); o != nil {
		if flags != 0 {
			return nil, c.Errorf("a compiled pattern takes no flags")
		}
		return o.Payload().(*pyre.Regexp), nil
	}
	s, _ := starlark.AsString(v)
	r, err := re.compile(s, pyre.Flags(flags))
	if err != nil {
		return nil, c.Errorf("%s", err)
	}
	return r, nil
}

func regexpFlags() starlark.StringDict {
	out := starlark.StringDict{}
	for name, f := range map[string]pyre.Flags{
		"IGNORECASE": pyre.IgnoreCase, "I": pyre.IgnoreCase, "MULTILINE": pyre.Multiline, "M": pyre.Multiline,
		"DOTALL": pyre.DotAll, "S": pyre.DotAll, "VERBOSE": pyre.Verbose, "X": pyre.Verbose,
	} {
		out[name] = starlark.MakeInt(int(f))
	}
	return out
}

// operation is a function of an expression: a function of the module with its pattern and flags bound, or a method.
type operation func(ctx context.Context, c *script.Call, r *pyre.Regexp) (starlark.Value, error)

func (re *regexps) operations() map[string]operation {
	return map[string]operation{
		"search":    re.one((*pyre.Regexp).Search),
		"match":     re.one((*pyre.Regexp).Match),
		"fullmatch": re.one((*pyre.Regexp).FullMatch),
		"findall": re.each(func(m *pyre.Match) starlark.Value {
			groups := groupsOf(m, starlark.String(""))
			switch len(groups) {
			case 0:
				return groupOr(m, 0, nil)
			case 1:
				return groups[0]
			}
			return groups
		}),
		"finditer": re.each(func(m *pyre.Match) starlark.Value { return re.matchValue(m) }),
		"sub":      re.sub,
		"split":    split,
	}
}

func (re *regexps) patternMethods() map[string]script.Impl {
	out := map[string]script.Impl{}
	for name, op := range re.operations() {
		out[name] = func(ctx context.Context, c *script.Call) (starlark.Value, error) {
			return op(ctx, c, c.Self().(*pyre.Regexp))
		}
	}
	return out
}

func (re *regexps) functions() map[string]script.Impl {
	out := map[string]script.Impl{}
	for name, op := range re.operations() {
		out[name] = func(ctx context.Context, c *script.Call) (starlark.Value, error) {
			r, err := re.of(c, c.Value("pattern"), c.Int("flags"))
			if err != nil {
				return nil, err
			}
			return op(ctx, c, r)
		}
	}
	maps.Copy(out, map[string]script.Impl{
		"compile": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			r, err := re.of(c, c.Value("pattern"), c.Int("flags"))
			if err != nil {
				return nil, err
			}
			return re.patterns.New(r, fmt.Sprintf("re.compile(%q)", r)), nil
		},
		"escape": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return starlark.String(pyre.Escape(c.String("pattern"))), nil
		},
	})
	return out
}

func (re *regexps) matchValue(m *pyre.Match) starlark.Value {
	if m == nil {
		return starlark.None
	}
	start, end := m.Span(0)
	text, _ := m.Group(0)
	return re.matches.New(m, fmt.Sprintf("<Match span=(%d, %d), match=%q>", start, end, text))
}

func (re *regexps) one(find func(*pyre.Regexp, string) (*pyre.Match, error)) operation {
	return func(_ context.Context, c *script.Call, r *pyre.Regexp) (starlark.Value, error) {
		text := c.String("string")
		var m *pyre.Match
		err := c.Block(func(context.Context) (err error) {
			m, err = find(r, text)
			return err
		})
		if err != nil {
			return nil, err
		}
		return re.matchValue(m), nil
	}
}

func (re *regexps) each(value func(*pyre.Match) starlark.Value) operation {
	return func(ctx context.Context, c *script.Call, r *pyre.Regexp) (starlark.Value, error) {
		out := []starlark.Value{}
		err := r.Each(c.String("string"), func(m *pyre.Match) bool {
			out = append(out, value(m))
			return ctx.Err() == nil
		})
		if err == nil {
			err = ctx.Err()
		}
		return starlark.NewList(out), err
	}
}

func (re *regexps) sub(ctx context.Context, c *script.Call, r *pyre.Regexp) (starlark.Value, error) {
	var repl func(*pyre.Match) (string, error)
	if fn := c.Callable("repl"); fn != nil {
		repl = func(m *pyre.Match) (string, error) {
			v, err := c.Invoke(ctx, fn, re.matchValue(m))
			if err != nil {
				return "", err
			}
			s, ok := starlark.AsString(v)
			if !ok {
				return "", c.Errorf("%s must return str, not %s", fn.Name(), short(v))
			}
			return s, nil
		}
	} else {
		tpl, err := r.Template(c.String("repl"))
		if err != nil {
			return nil, c.Errorf("%s", err)
		}
		repl = func(m *pyre.Match) (string, error) { return tpl.Expand(m), ctx.Err() }
	}
	s, err := r.Sub(c.String("string"), c.Int("count"), repl)
	return starlark.String(s), err
}

func split(_ context.Context, c *script.Call, r *pyre.Regexp) (starlark.Value, error) {
	var parts []starlark.Value
	err := r.Split(c.String("string"), c.Int("maxsplit"), func(s string, ok bool) {
		if ok {
			parts = append(parts, starlark.String(s))
		} else {
			parts = append(parts, starlark.None)
		}
	})
	return starlark.NewList(parts), err
}
