package modules

import (
	"context"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/script"
)

// groupOr returns a group's text; for a group without a match the default, None when that is nil.
func groupOr(m *pyre.Match, i int, def starlark.Value) starlark.Value {
	if s, ok := m.Group(i); ok {
		return starlark.String(s)
	}
	if def == nil {
		return starlark.None
	}
	return def
}

func groupsOf(m *pyre.Match, def starlark.Value) starlark.Tuple {
	out := starlark.Tuple{}
	for i := 1; i <= m.Regexp().NumGroups(); i++ {
		out = append(out, groupOr(m, i, def))
	}
	return out
}

func groupNumber(c *script.Call, m *pyre.Match, v starlark.Value) (int, error) {
	if s, ok := starlark.AsString(v); ok {
		if i := m.Regexp().GroupIndex(s); i > 0 {
			return i, nil
		}
		return 0, c.Errorf("no group is named %q", s)
	}
	i, err := starlark.AsInt32(v)
	if err != nil || i < 0 || i > m.Regexp().NumGroups() {
		return 0, c.Errorf("there is no group %s: the expression has %d", v, m.Regexp().NumGroups())
	}
	return i, nil
}

func matchMethods() map[string]script.Impl {
	span := func(make func(a, b int) starlark.Value) script.Impl {
		return func(_ context.Context, c *script.Call) (starlark.Value, error) {
			m := c.Self().(*pyre.Match)
			i, err := groupNumber(c, m, c.Value("group"))
			if err != nil {
				return nil, err
			}
			return make(m.Span(i)), nil
		}
	}
	return map[string]script.Impl{
		"group": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			m := c.Self().(*pyre.Match)
			var out starlark.Tuple
			for _, v := range c.Values("groups") {
				i, err := groupNumber(c, m, v)
				if err != nil {
					return nil, err
				}
				out = append(out, groupOr(m, i, nil))
			}
			switch len(out) {
			case 0:
				return groupOr(m, 0, nil), nil
			case 1:
				return out[0], nil
			}
			return out, nil
		},
		"groups": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return groupsOf(c.Self().(*pyre.Match), c.Value("default")), nil
		},
		"groupdict": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			m := c.Self().(*pyre.Match)
			out := new(starlark.Dict)
			for i, name := range m.Regexp().GroupNames() {
				if name != "" {
					if err := out.SetKey(starlark.String(name), groupOr(m, i, c.Value("default"))); err != nil {
						return nil, err
					}
				}
			}
			return out, nil
		},
		"start": span(func(a, _ int) starlark.Value { return starlark.MakeInt(a) }),
		"end":   span(func(_, b int) starlark.Value { return starlark.MakeInt(b) }),
		"span":  span(func(a, b int) starlark.Value { return starlark.Tuple{starlark.MakeInt(a), starlark.MakeInt(b)} }),
	}
}
