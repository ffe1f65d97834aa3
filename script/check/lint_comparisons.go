package check

import (
	"fmt"
	"slices"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lint of comparisons whose result does not depend on any value.
const ImpossibleComparison Code = "impossible-comparison"

func comparisonLints() []Lint {
	return []Lint{
		{Code: ImpossibleComparison, Severity: Error, find: impossibleComparisons,
			Title: "Two values are compared whose types have no value in common.",
			Text:  "The result is always the same: a number never equals a string, and what `execute` returns is a tuple of the exit status and the output. It is found in `==`, `!=`, `in` and `not in`, and in the assertions that compare.",
			Wrong: `server: Machine
assert(server.execute("test -e /etc/hosts") == 0)
`,
			Right: `server: Machine
assert(server.execute("test -e /etc/hosts")[0] == 0)
`},
	}
}

// comparison is a comparison by an operator or by an assertion.
type comparison struct {
	at       dialect.Range
	op       syntax.Token
	x, y     dialect.Expr
	asserted bool
}

// assertedOps are the assertions of two values, with the operators that they apply.
func assertedOps() map[string]syntax.Token {
	return map[string]syntax.Token{
		"t.assertEqual": syntax.EQL, "t.assertNotEqual": syntax.NEQ, "t.assertIs": syntax.EQL, "t.assertIsNot": syntax.NEQ,
		"t.assertIn": syntax.IN, "t.assertNotIn": syntax.NOT_IN, "t.assertListEqual": syntax.EQL, "t.assertTupleEqual": syntax.EQL,
		"t.assertGreater": syntax.GT, "t.assertGreaterEqual": syntax.GE, "t.assertLess": syntax.LT, "t.assertLessEqual": syntax.LE,
		"assert.eq": syntax.EQL, "assert.ne": syntax.NEQ, "assert.contains": syntax.IN,
	}
}

// comparisons returns the file's comparisons, except those that are expected to fail.
func (c *checker) comparisons() []comparison {
	var out []comparison
	ops := assertedOps()
	expected := c.expectedFailures()
	for _, n := range c.nodes {
		var cmp comparison
		switch n := n.(type) {
		case *dialect.BinaryExpr:
			switch n.Op {
			case syntax.EQL, syntax.NEQ, syntax.IN, syntax.NOT_IN:
				cmp = comparison{at: n.Range, op: n.Op, x: n.X, y: n.Y}
			}
		case *dialect.CallExpr:
			decl := c.declaredCallee(n)
			if decl == nil || len(n.Args) < 2 || n.Args[0].Star+n.Args[1].Star > 0 || n.Args[0].Name != nil || n.Args[1].Name != nil {
				continue
			}
			if op := ops[decl.FullName()]; op != 0 {
				cmp = comparison{n.Range, op, n.Args[0].Value, n.Args[1].Value, true}
				if decl.FullName() == "assert.contains" {
					cmp.x, cmp.y = cmp.y, cmp.x
				}
			}
		}
		if cmp.op != 0 && !expected.around(cmp.at) {
			out = append(out, cmp)
		}
	}
	return out
}

// declaredCallee returns the declaration of a called function, nil when it has none.
func (c *checker) declaredCallee(call *dialect.CallExpr) *api.Function {
	if t := c.called(call); t != nil && t.k == kFunc {
		return t.fn.decl
	}
	return nil
}

// expectedFailures returns the places whose failure the script expects: what assertRaises and assert.fails call.
func (c *checker) expectedFailures() *ranges {
	var out []dialect.Range
	for call := range nodes[*dialect.CallExpr](c) {
		decl := c.declaredCallee(call)
		if decl == nil || decl.FullName() != "t.assertRaises" && decl.FullName() != "assert.fails" {
			continue
		}
		for _, a := range call.Args {
			out = append(out, a.Range)
			if t := c.typeOf(a.Value); t.k == kFunc && t.fn.local != nil {
				out = append(out, t.fn.local.node.Span())
			}
		}
	}
	return newRanges(out)
}

func impossibleComparisons(c *checker) {
	for _, cmp := range c.comparisons() {
		x, y := c.typeOf(cmp.x), c.typeOf(cmp.y)
		if (c.namedFunction(cmp.x) || c.namedFunction(cmp.y)) && !c.isTypeName(cmp) {
			continue // see notCalled
		}
		if !cmp.asserted && (c.takesAnything(cmp.x) || c.takesAnything(cmp.y)) {
			continue
		}
		possible := true
		switch cmp.op {
		case syntax.EQL, syntax.NEQ:
			possible = x.k == kNone || y.k == kNone || c.canEqual(cmp.x, cmp.y, x, y) && !c.isPythonType(cmp.x, cmp.y)
		case syntax.IN, syntax.NOT_IN:
			possible = x.k == kNone || c.canContain(cmp.y, x, y, cmp.asserted)
		default:
			possible = slices.ContainsFunc(x.members(), func(a *typ) bool {
				return slices.ContainsFunc(y.members(), func(b *typ) bool { return c.pair(cmp.op, a, b) != nil })
			})
		}
		if possible {
			continue
		}
		hint, fixes := c.comparable(cmp, x, y)
		c.report(ImpossibleComparison, cmp.at, cmp.message(x, y), hint, fixes...)
	}
}

// takesAnything reports whether an expression is a parameter without a type: a helper may be ready for values that this
// file does not pass.
func (c *checker) takesAnything(e dialect.Expr) bool {
	id, ok := unparen(e).(*dialect.Ident)
	return ok && c.uses[id] != nil && c.uses[id].kind == symParameter && c.uses[id].declared == nil
}

func (cmp comparison) message(x, y *typ) string {
	why := fmt.Sprintf("%s never equals %s", article(x), article(y))
	result := "false"
	switch cmp.op {
	case syntax.NEQ, syntax.NOT_IN:
		result = "true"
	}
	switch cmp.op {
	case syntax.IN, syntax.NOT_IN:
		why = fmt.Sprintf("%s never contains %s", article(y), article(x))
	case syntax.LT, syntax.GT, syntax.LE, syntax.GE:
		why = fmt.Sprintf("%s and %s have no order", article(x), article(y))
	}
	switch {
	case cmp.asserted && result == "true":
		return "this assertion never fails: " + why
	case cmp.asserted:
		return "this assertion always fails: " + why
	}
	return fmt.Sprintf("this is always %s: %s", result, why)
}

// overlap reports whether some value may be of both types, or of types whose values can be equal.
func overlap(x, y *typ) bool {
	return slices.ContainsFunc(x.members(), func(a *typ) bool {
		return slices.ContainsFunc(y.members(), func(b *typ) bool { return overlapping(a, b) })
	})
}

func overlapping(a, b *typ) bool {
	switch {
	case unknown(a) || unknown(b), number(a) && number(b):
		return true
	case a.k != b.k:
		return false
	case a.k == kClass:
		return a.name == b.name || isMachine(a) && isMachine(b)
	case a.k == kTuple && !a.variadic && !b.variadic:
		if len(a.args) != len(b.args) {
			return false
		}
		for i := range a.args {
			if !overlap(a.args[i], b.args[i]) {
				return false
			}
		}
	case len(a.lits) > 0 && len(b.lits) > 0:
		return slices.ContainsFunc(a.lits, func(l string) bool { return contains(b.lits, l) })
	}
	return true
}

func (c *checker) canEqual(xe, ye dialect.Expr, x, y *typ) bool {
	if len(y.lits) > 0 {
		x = c.precise(xe, x)
	} else if len(x.lits) > 0 {
		y = c.precise(ye, y)
	}
	if !overlap(x, y) {
		return false
	}
	if x.k != kList || y.k != kList || overlap(x.args[0], y.args[0]) {
		return true
	}
	for _, e := range []dialect.Expr{xe, ye} { // lists of different types may both be empty
		if l, ok := unparen(e).(*dialect.ListExpr); ok && len(l.List) > 0 {
			return false
		}
	}
	return true
}

// precise returns a str's Literal type if its value is known.
func (c *checker) precise(e dialect.Expr, t *typ) *typ {
	if lit, ok := unparen(e).(*dialect.Literal); ok && t.k == kStr {
		if s, ok := lit.Value.(string); ok {
			return &typ{k: kStr, lits: []string{syntax.Quote(s, false)}}
		}
	}
	return t
}

// canContain reports whether x in y may be true. The operator's own operands have been checked already.
func (c *checker) canContain(ye dialect.Expr, x, y *typ, asserted bool) bool {
	if c.isStatusAndOutput(ye) {
		return x.k != kStr // the output alone is searched
	}
	checked := false
	for _, m := range y.members() {
		switch m.k {
		case kList, kSet, kDict, kTuple, kRange:
			checked = true
			if overlap(x, c.u.element(m)) {
				return true
			}
		case kNone:
		default:
			if !asserted {
				return true
			}
			checked = true
			if slices.ContainsFunc(x.members(), func(a *typ) bool { return contained(a, m) != nil }) {
				return true
			}
		}
	}
	return !checked
}

// isStatusAndOutput reports whether an expression is the whole result of a call such as execute.
func (c *checker) isStatusAndOutput(e dialect.Expr) bool {
	call, ok := c.origin(e).(*dialect.CallExpr)
	if !ok {
		return false
	}
	decl := c.declaredCallee(call)
	return decl != nil && decl.Result.String() == "tuple[int, str]"
}

// origin returns the expression that a name always stands for, else the expression itself.
func (c *checker) origin(e dialect.Expr) dialect.Expr {
	e = unparen(e)
	if id, ok := e.(*dialect.Ident); ok {
		if sym := c.uses[id]; sym != nil && sym.assigned == 1 && sym.constant != nil && sym.kind == symVariable {
			return unparen(sym.constant)
		}
	}
	return e
}

// isPythonType reports whether the result of type() is compared with Python's name for a type, which is another one.
func (c *checker) isPythonType(x, y dialect.Expr) bool {
	for _, side := range [][2]dialect.Expr{{x, y}, {y, x}} {
		call, ok := unparen(side[0]).(*dialect.CallExpr)
		if !ok {
			continue
		}
		if decl := c.declaredCallee(call); decl == nil || decl.FullName() != "type" {
			continue
		}
		if name, ok := c.constString(side[1]); ok && starlarkTypeName(name) != name {
			return true
		}
	}
	return false
}

// starlarkTypeName returns what type() returns for the values of a type of Python.
func starlarkTypeName(name string) string {
	switch name {
	case "str":
		return "string"
	case "None":
		return "NoneType"
	}
	return name
}

// comparable returns the likely correction of a comparison.
func (c *checker) comparable(cmp comparison, x, y *typ) (string, []Fix) {
	for _, side := range []struct {
		e, other dialect.Expr
		t, u     *typ
	}{{cmp.x, cmp.y, x, y}, {cmp.y, cmp.x, y, x}} {
		text := c.text(side.e)
		behind := func(what string) (string, []Fix) {
			end := side.e.Span().End
			return "write " + text + what, []Fix{{Title: "Compare with " + what, Safe: true, Edits: []Edit{{dialect.Range{Start: end, End: end}, what}}}}
		}
		lit, isLit := unparen(side.e).(*dialect.Literal)
		switch {
		case c.isStatusAndOutput(side.e) && side.u.k == kInt:
			return behind("[0]")
		case c.isStatusAndOutput(side.e) && side.u.k == kStr:
			return behind("[1]")
		case isMachine(side.t) && side.u.k == kStr:
			return behind(".name")
		case side.t.k == kStr && number(side.u) && isLit && isDecimal(fmt.Sprint(lit.Value)):
			return fmt.Sprintf("write %v", lit.Value), []Fix{{Title: "Make it a number", Safe: true, Edits: []Edit{{lit.Range, fmt.Sprint(lit.Value)}}}}
		case side.t.k == kStr && number(side.u) && !isLit:
			return fmt.Sprintf("write int(%s.strip())", text), nil
		case side.t.k == kBool && text != "True" && text != "False" && (side.u.k == kStr || side.u.k == kInt):
			return "write " + text + " alone: it is True or False", nil
		case side.t.k == kFunc && cmp.op == syntax.EQL && side.u.k == kStr:
			return "type() returns a name: write \"" + starlarkTypeName(text) + "\"", nil
		case side.t.k == kTuple && side.u.k == kList && literalTuple(side.e):
			return "write [ ] instead of ( )", nil
		case side.t.k == kList && side.u.k == kStr && (cmp.op == syntax.EQL || cmp.op == syntax.NEQ):
			return "compare one element, or write [ ] around the other side", nil
		}
	}
	return "", nil
}

func literalTuple(e dialect.Expr) bool {
	_, ok := unparen(e).(*dialect.TupleExpr)
	return ok
}

// isContainer reports whether a comparison searches for x in y, which may have functions.
func isContainer(cmp comparison) bool { return cmp.op == syntax.IN || cmp.op == syntax.NOT_IN }
