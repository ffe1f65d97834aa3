package modules

import (
	"context"
	"math"
	"reflect"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script"
)

func unittestFunctions(re *regexps) map[string]script.Impl {
	return map[string]script.Impl{
		"assertEqual":          equal("first", "second"),
		"assertNotEqual":       notEqual("first", "second"),
		"assertTrue":           truth("expr", true),
		"assertFalse":          truth("expr", false),
		"assertIn":             contains(true),
		"assertNotIn":          contains(false),
		"assertIs":             identical(true),
		"assertIsNot":          identical(false),
		"assertIsNone":         none(true),
		"assertIsNotNone":      none(false),
		"assertIsInstance":     instance(true),
		"assertNotIsInstance":  instance(false),
		"assertGreater":        compare(syntax.GT),
		"assertGreaterEqual":   compare(syntax.GE),
		"assertLess":           compare(syntax.LT),
		"assertLessEqual":      compare(syntax.LE),
		"assertRegex":          re.found("expected_regex", true),
		"assertNotRegex":       re.found("unexpected_regex", false),
		"assertCountEqual":     countEqual,
		"assertSequenceEqual":  sequenceEqual,
		"assertListEqual":      equal("list1", "list2"),
		"assertTupleEqual":     equal("tuple1", "tuple2"),
		"assertSetEqual":       equal("set1", "set2"),
		"assertDictEqual":      equal("d1", "d2"),
		"assertMultiLineEqual": equal("first", "second"),
		"assertAlmostEqual":    almostEqual(true),
		"assertNotAlmostEqual": almostEqual(false),
		"assertRaises":         re.raises,
		"skipTest":             script.Functions()["skip"],
		"fail": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			if msg := c.String("msg"); msg != "" {
				return nil, script.Failf("%s", msg)
			}
			return nil, script.Failf("failed by t.fail()")
		},
	}
}

// same reports whether two values are the same one: for immutable values that is equality.
func same(a, b starlark.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	if reflect.TypeOf(a).Kind() == reflect.Pointer || reflect.TypeOf(b).Kind() == reflect.Pointer {
		return a == b
	}
	eq, err := starlark.Equal(a, b)
	return err == nil && eq
}

func identical(want bool) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		a, b := c.Value("expr1"), c.Value("expr2")
		if same(a, b) == want {
			return nil, nil
		}
		if want {
			return nil, failure(c, "%s is not the same value as %s", short(a), short(b))
		}
		return nil, failure(c, "both are the same value: %s", short(a))
	}
}

func none(want bool) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		v := c.Value("obj")
		if (v == starlark.None) == want {
			return nil, nil
		}
		if want {
			return nil, failure(c, "%s is not None", short(v))
		}
		return nil, failure(c, "unexpectedly None")
	}
}

func instance(want bool) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		obj, cls := c.Value("obj"), c.Value("cls")
		is, err := isOf(c, "cls", obj, cls)
		if err != nil || is == want {
			return nil, err
		}
		if want {
			return nil, failure(c, "%s is a %s, not an instance of %s", short(obj), script.TypeName(obj), short(cls))
		}
		return nil, failure(c, "%s is an instance of %s", short(obj), short(cls))
	}
}

// isOf reports whether a value has a type, or one of a tuple of types: the argument param.
func isOf(c *script.Call, param string, obj, cls starlark.Value) (bool, error) {
	classes := starlark.Tuple{cls}
	if several, ok := cls.(starlark.Tuple); ok {
		classes = several
	}
	is := false
	for _, k := range classes {
		var name string
		switch k := k.(type) {
		case starlark.String:
			name = string(k)
		case *starlark.Builtin:
			name = k.Name()
		default:
			return false, c.Errorf("%s must be a type such as str, or its name, not %s", param, short(k))
		}
		is = is || name == obj.Type() || name == script.TypeName(obj)
	}
	return is, nil
}

// sequenceEqual compares the elements of two lists or tuples.
func sequenceEqual(_ context.Context, c *script.Call) (starlark.Value, error) {
	a, b := c.Value("first"), c.Value("second")
	if cls := c.Value("seq_type"); cls != starlark.None {
		for i, v := range []starlark.Value{a, b} {
			is, err := isOf(c, "seq_type", v, cls)
			if err != nil {
				return nil, err
			}
			if !is {
				return nil, failure(c, "the %s sequence is a %s, not an instance of %s: %s", []string{"first", "second"}[i], script.TypeName(v), short(cls), short(v))
			}
		}
	}
	x, y := starlark.NewList(c.Values("first")), starlark.NewList(c.Values("second"))
	eq, err := starlark.Equal(x, y)
	if err != nil || eq {
		return nil, err
	}
	if a.Type() != b.Type() {
		a, b = x, y
	}
	return nil, failure(c, "%s", difference(a, b))
}

func compare(op syntax.Token) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		a, b := c.Value("a"), c.Value("b")
		ok, err := starlark.Compare(op, a, b)
		if err != nil {
			return nil, c.Errorf("%s", err)
		}
		if ok {
			return nil, nil
		}
		words := map[syntax.Token]string{syntax.GT: "greater than", syntax.GE: "greater than or equal to", syntax.LT: "less than", syntax.LE: "less than or equal to"}
		return nil, failure(c, "%s is not %s %s", short(a), words[op], short(b))
	}
}

// found implements assertRegex and assertNotRegex.
func (re *regexps) found(param string, want bool) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		r, err := re.of(c, c.Value(param), 0)
		if err != nil {
			return nil, err
		}
		text := c.String("text")
		m, err := r.Search(text)
		if err != nil {
			return nil, err
		}
		if (m != nil) == want {
			return nil, nil
		}
		if want {
			return nil, failure(c, "%q not found in %s", r, short(starlark.String(text)))
		}
		got, _ := m.Group(0)
		return nil, failure(c, "%q unexpectedly found: it matches %q in %s", r, got, short(starlark.String(text)))
	}
}

func countEqual(_ context.Context, c *script.Call) (starlark.Value, error) {
	rest := append([]starlark.Value{}, c.Values("second")...)
	var missing []starlark.Value
next:
	for _, a := range c.Values("first") {
		for i, b := range rest {
			if eq, err := starlark.Equal(a, b); err != nil {
				return nil, err
			} else if eq {
				rest = append(rest[:i], rest[i+1:]...)
				continue next
			}
		}
		missing = append(missing, a)
	}
	if len(missing)+len(rest) == 0 {
		return nil, nil
	}
	return nil, failure(c, "element counts are not equal: only in the first: %s, only in the second: %s",
		short(starlark.NewList(missing)), short(starlark.NewList(rest)))
}

func almostEqual(want bool) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		a, b := c.Float("first"), c.Float("second")
		diff := math.Abs(a - b)
		delta, limited := c.OptFloat("delta")
		var near bool
		if limited {
			near = diff <= delta
		} else {
			near = a == b || math.RoundToEven(diff*math.Pow10(c.Int("places"))) == 0
		}
		if near == want {
			return nil, nil
		}
		within := starlark.Value(c.Value("places"))
		unit := " places"
		if limited {
			within, unit = c.Value("delta"), " delta"
		}
		op := "!="
		if !want {
			op = "=="
		}
		return nil, failure(c, "%s %s %s within %s%s (%s difference)", c.Value("first"), op, c.Value("second"), within, unit, starlark.Float(diff))
	}
}
