package check

import (
	"fmt"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// checkAssignable reports a value that does not fit its target, and returns whether it fits.
func (c *checker) checkAssignable(code Code, at dialect.Node, t, want *typ, why func() string) bool {
	return c.checkAssignableBound(code, at, t, want, nil, why)
}

func (c *checker) checkAssignableBound(code Code, at dialect.Node, t, want *typ, b binding, why func() string) bool {
	optional := want.k == kAny || want.k == kObject || want.k == kVar || want.has(kNone) || want.has(kVar)
	if t.k == kUnion && t.has(kNone) && !optional {
		if !t.soft && code == ArgumentType {
			t = c.notNone(at, t, "be given here")
		}
		t = t.without(kNone)
	}
	if c.u.fits(t, want, b) {
		return true
	}
	if t.k == kNone && code == ArgumentType {
		code = NoneValue
	}
	if c.silent {
		return false
	}
	message := fmt.Sprintf("%s, not %s", why(), article(t))
	hint, fixes := c.conversion(at, t, want)
	if t.k == kFunc && want.has(kFunc) {
		message, hint = c.wrongFunction(why(), t.fn, want), ""
	}
	c.report(code, at.Span(), message, hint, fixes...)
	return false
}

// wrongFunction returns why a function does not fit the calls that it will get.
func (c *checker) wrongFunction(why string, f *fnType, want *typ) string {
	for _, m := range want.members() {
		if m.k != kFunc {
			continue
		}
		if n := len(m.fn.params); !takes(f, n) {
			return fmt.Sprintf("%s that is called with %s, but `%s` takes %s", why, plural(n, "argument"), f.name, countOf(f))
		}
		return fmt.Sprintf("%s, not %s", why, f.typeString())
	}
	return why
}

func countOf(f *fnType) string {
	least, most := 0, 0
	for _, p := range f.params {
		if p.kind == api.Positional {
			most++
			if p.required() {
				least++
			}
		}
	}
	if least == most {
		return plural(most, "argument")
	}
	return fmt.Sprintf("%d to %d arguments", least, most)
}

// conversion returns the usual way to convert one type to the wanted one.
func (c *checker) conversion(at dialect.Node, t, want *typ) (string, []Fix) {
	e, ok := at.(dialect.Expr)
	if !ok {
		return "", nil
	}
	wrap := func(fn string) (string, []Fix) {
		text := fn + "(" + c.text(e) + ")"
		return "write " + text, []Fix{{Title: "Convert with " + fn, Edits: []Edit{{e.Span(), text}}}}
	}
	if lit, ok := unparen(e).(*dialect.Literal); ok {
		s, isStr := lit.Value.(string)
		switch {
		case want.k == kStr && t.k == kInt:
			return "write \"" + lit.Raw + "\"", []Fix{{Title: "Make it a string", Safe: true, Edits: []Edit{{lit.Range, `"` + lit.Raw + `"`}}}}
		case isStr && t.k == kStr && (want.has(kInt) || want.has(kFloat)) && isDecimal(s):
			return "write " + s, []Fix{{Title: "Make it a number", Safe: true, Edits: []Edit{{lit.Range, s}}}}
		}
	}
	switch {
	case t.k == kTuple && want.k == kStr && len(t.args) == 2 && !t.variadic && t.args[1].k == kStr:
		return "`execute` returns (status, output); write [1] for the output, or use `succeed`", nil
	case want.k == kStr && (t.k == kInt || t.k == kFloat):
		return wrap("str")
	case want.k == kInt && t.k == kStr:
		return wrap("int")
	case want.k == kStr && t.k == kBytes:
		return wrap("str")
	case want.k == kStr && t.k == kList && t.args[0].k == kStr:
		if want.alias == "ShellCommand" {
			return "write *" + c.text(e) + " to run each, or \" && \".join(…)", nil
		}
		return "join them: \" \".join(" + c.text(e) + ")", nil
	case want.k == kFunc && t.k != kFunc:
		if call, ok := unparen(e).(*dialect.CallExpr); ok {
			return "it is called here; write lambda: " + c.text(call), []Fix{{Title: "Make it a function", Edits: []Edit{{dialect.Range{Start: call.Start, End: call.Start}, "lambda: "}}}}
		}
	case want.k == kList && c.u.element(t) != nil:
		return wrap("list")
	}
	return "", nil
}

func isDecimal(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
