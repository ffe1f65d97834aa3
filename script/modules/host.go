package modules

import (
	"context"
	"encoding/base64"
	"math/rand/v2"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
)

func osModule(environ []string) module {
	env := new(starlark.Dict)
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			_ = env.SetKey(starlark.String(name), starlark.String(value)) // a str is always a key
		}
	}
	env.Freeze()
	return module{
		vars: starlark.StringDict{"environ": env},
		impls: map[string]script.Impl{
			"getenv": func(_ context.Context, c *script.Call) (starlark.Value, error) {
				v, found, err := env.Get(c.Value("key"))
				switch {
				case found || err != nil:
					return v, err
				case c.Function.Param("default") != nil:
					return c.Value("default"), nil
				}
				return starlark.None, nil
			},
		},
	}
}

func base64Functions() map[string]script.Impl {
	encode := func(enc *base64.Encoding) script.Impl {
		return func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return starlark.String(enc.EncodeToString(octets(c.Value("s")))), nil
		}
	}
	decode := func(enc *base64.Encoding) script.Impl {
		return func(_ context.Context, c *script.Call) (starlark.Value, error) {
			out, err := enc.DecodeString(strings.Join(strings.Fields(string(octets(c.Value("s")))), ""))
			if err != nil {
				return nil, c.Errorf("%s", err)
			}
			return starlark.Bytes(out), nil
		}
	}
	return map[string]script.Impl{
		"b64encode":         encode(base64.StdEncoding),
		"b64decode":         decode(base64.StdEncoding),
		"urlsafe_b64encode": encode(base64.URLEncoding),
		"urlsafe_b64decode": decode(base64.URLEncoding),
	}
}

func octets(v starlark.Value) []byte {
	if b, ok := v.(starlark.Bytes); ok {
		return []byte(b)
	}
	s, _ := starlark.AsString(v)
	return []byte(s)
}

// randomFunctions returns functions that share one sequence. They run one at a time, like all functions that do not
// wait.
func randomFunctions(seed int64) map[string]script.Impl {
	source := func(seed int64) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 0)) }
	rng := source(seed)
	pick := func(c *script.Call, param string) ([]starlark.Value, error) {
		all := c.Values(param)
		if len(all) == 0 {
			return nil, c.Errorf("%s is empty", param)
		}
		return all, nil
	}
	between := func(c *script.Call, start, stop, step int) (starlark.Value, error) {
		if step == 0 {
			return nil, c.Errorf("step must not be 0")
		}
		n := (stop - start + step - sign(step)) / step
		if n <= 0 {
			return nil, c.Errorf("there is no number from %d to %d", start, stop-sign(step))
		}
		return starlark.MakeInt(start + step*rng.IntN(n)), nil
	}
	return map[string]script.Impl{
		"random": func(context.Context, *script.Call) (starlark.Value, error) {
			return starlark.Float(rng.Float64()), nil
		},
		"randint": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return between(c, c.Int("a"), c.Int("b")+1, 1)
		},
		"randrange": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			start, stop := 0, c.Int("start")
			if n, ok := c.OptInt("stop"); ok {
				start, stop = stop, n
			}
			return between(c, start, stop, c.Int("step"))
		},
		"uniform": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			a, b := c.Float("a"), c.Float("b")
			return starlark.Float(a + (b-a)*rng.Float64()), nil
		},
		"choice": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			all, err := pick(c, "seq")
			if err != nil {
				return nil, err
			}
			return all[rng.IntN(len(all))], nil
		},
		"choices": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			all, err := pick(c, "population")
			if err != nil {
				return nil, err
			}
			var out []starlark.Value
			for range c.Int("k") {
				out = append(out, all[rng.IntN(len(all))])
			}
			return starlark.NewList(out), nil
		},
		"sample": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			all, k := c.Values("population"), c.Int("k")
			if k < 0 || k > len(all) {
				return nil, c.Errorf("can't take %d of %d elements", k, len(all))
			}
			rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			return starlark.NewList(all[:k]), nil
		},
		"shuffle": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			l := c.Value("x").(*starlark.List)
			for i := l.Len() - 1; i > 0; i-- {
				j := rng.IntN(i + 1)
				a, b := l.Index(i), l.Index(j)
				if err := l.SetIndex(i, b); err != nil {
					return nil, c.Errorf("%s", err)
				}
				if err := l.SetIndex(j, a); err != nil {
					return nil, c.Errorf("%s", err)
				}
			}
			return nil, nil
		},
		"seed": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			rng = source(int64(c.Int("a")))
			return nil, nil
		},
	}
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
