package syntax

import (
	"errors"
	"strings"
	"testing"
)

// TestChain: more operators in a row than Python's compiler takes are found; as many in a long table, or in many lines, are none.
func TestChain(t *testing.T) {
	many := func(s string) string { return strings.Repeat(s, 20_000) }
	for _, src := range []string{
		"x = " + many("1 + ") + "1\n", "x = " + many("y and ") + "y\n", "x = y" + many(".a") + "\n", "x = y" + many("(1, 2)") + "\n",
		"x = (\n" + many("1 +\n") + "1)\n", "x = " + many("not ") + "y\n", "f(1, 2, " + many("-") + "1)\n",
	} {
		var e *Error
		if err := Chain("x.py", src); !errors.As(err, &e) || e.File != "x.py" || !strings.Contains(e.Msg, "more than 5000 operators in a row") {
			t.Errorf("%.20q: %v", src, err)
		}
	}
	for _, src := range []string{
		"x = [\n" + many("  a.b + 1,\n") + "]\n", many("x = a.b(1) + 2\n"), "x = {" + many("\"a\": -1, ") + "}\n", "x = (" + many("(1, 2), ") + ")\n",
		many("if x: y.z()\n"), "x = '" + many("+") + "'\n# " + many("+") + "\n", many("x = a + b; "), "this is \xff no Python" + many("+"), "x = '" + many("+"),
	} {
		if err := Chain("x.py", src); err != nil {
			t.Errorf("%.20q: %v", src, err)
		}
	}
}
