package check

import (
	"fmt"
	"slices"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lints of comparisons and conditions whose result does not depend on any value.
const (
	ImpossibleComparison Code = "impossible-comparison"
	NotCalled            Code = "not-called"
)

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
		{Code: NotCalled, Severity: Error, find: notCalled,
			Title: "A function is named, but not called.",
			Text:  "As a statement this does nothing, as a condition it is always true, and no value equals it.",
			Wrong: `server: Machine
if server.is_up:
    server.shutdown()
`,
			Right: `server: Machine
if server.is_up():
    server.shutdown()
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
		if cmp.op != 0 && !within(expected, cmp.at) {
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
func (c *checker) expectedFailures() []dialect.Range {
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
	return out
}

// within reports whether a range lies in one of several.
func within(outer []dialect.Range, r dialect.Range) bool {
	return slices.ContainsFunc(outer, func(o dialect.Range) bool { return o.Start <= r.Start && r.End <= o.End })
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

// notCalled reports functions that stand where only their results make sense.
func notCalled(c *checker) {
	report := func(e dialect.Expr, what string) {
		end := e.Span().End
		params := c.typeOf(e).fn.params
		c.report(NotCalled, e.Span(), fmt.Sprintf("`%s` is not called: %s", c.text(e), what), "write "+c.text(e)+"()",
			Fix{Title: "Call it", Safe: !slices.ContainsFunc(params, func(p param) bool { return p.required() }), Edits: []Edit{{dialect.Range{Start: end, End: end}, "()"}}})
	}
	for s := range nodes[*dialect.ExprStmt](c) {
		switch unparen(s.X).(type) {
		case *dialect.DotExpr, *dialect.Ident:
			if c.typeOf(s.X).k == kFunc {
				report(s.X, "this does nothing")
			}
		case *dialect.CallExpr:
			if c.isBlock(s.X) {
				c.report(NotCalled, s.X.Span(), fmt.Sprintf("nothing is run in `%s`", c.text(s.X)), "write for _ in "+c.text(s.X)+": and the block below it")
			}
		}
	}
	for _, e := range c.tested() {
		if c.namedFunction(e) {
			report(e, "a function is always true")
		}
		if c.isBlock(e) {
			c.report(NotCalled, e.Span(), fmt.Sprintf("`%s` is always true as a condition: its block is what a loop over it runs", c.text(e)), "write for _ in "+c.text(e)+":")
		}
	}
	for _, cmp := range c.comparisons() {
		x, y := c.namedFunction(cmp.x), c.namedFunction(cmp.y)
		switch {
		case x && !isContainer(cmp) && !overlap(c.typeOf(cmp.x), c.typeOf(cmp.y)), x && isContainer(cmp) && !c.canContain(cmp.y, c.typeOf(cmp.x), c.typeOf(cmp.y), true):
			report(cmp.x, "a function equals no other value")
		case y && !c.isTypeName(cmp) && !overlap(c.typeOf(cmp.x), c.typeOf(cmp.y)):
			report(cmp.y, "a function is no value of this kind")
		}
	}
	c.neverCalled(report)
	for _, e := range c.shown() {
		if _, method := c.origin(e).(*dialect.DotExpr); method && c.namedFunction(e) {
			report(e, "its name would be shown, not its result")
		}
	}
}

// neverCalled reports the methods that a lambda returns, or a name stands for, and that nothing calls.
func (c *checker) neverCalled(report func(e dialect.Expr, what string)) {
	for call := range nodes[*dialect.CallExpr](c) {
		if c.declaredCallee(call) == nil {
			continue
		}
		for _, a := range call.Args {
			values, list := unparenTuple(a.Value)
			if !list {
				values = []dialect.Expr{a.Value}
			}
			for _, v := range values {
				l, ok := unparen(v).(*dialect.LambdaExpr)
				if !ok {
					continue
				}
				if _, method := unparen(l.Body).(*dialect.DotExpr); method && c.namedFunction(l.Body) {
					report(l.Body, "the lambda only returns it")
				}
			}
		}
	}
	for s := range nodes[*dialect.AssignStmt](c) {
		id, ok := unparen(s.LHS).(*dialect.Ident)
		dot, method := unparen(s.RHS).(*dialect.DotExpr)
		if !ok || !method || !c.namedFunction(dot) || c.uses[id] == nil || c.uses[id].assigned != 1 || c.typeOf(dot).fn.decl == nil {
			continue
		}
		if slices.ContainsFunc(c.typeOf(dot).fn.params, func(p param) bool { return p.required() }) {
			continue
		}
		parents, used := c.parents(), false
		for n := range nodes[*dialect.Ident](c) {
			if n == id || c.uses[n] != c.uses[id] {
				continue
			}
			switch p := parents[n].(type) {
			case *dialect.CallExpr:
				used = true
			case *dialect.Arg:
				outer, ok := parents[p].(*dialect.CallExpr)
				used = used || !ok || c.declaredCallee(outer) == nil || c.typeOf(outer.Fn).fn.takesFunction()
			case *dialect.BinaryExpr, *dialect.DotExpr, *dialect.IndexExpr:
			default:
				used = true
			}
		}
		if !used {
			report(dot, "the name stands for the function, not for its result")
		}
	}
}

// takesFunction reports whether a parameter of a function is a function.
func (f *fnType) takesFunction() bool {
	return slices.ContainsFunc(f.params, func(p param) bool { return p.typ.has(kFunc) })
}

// isContainer reports whether a comparison searches for x in y, which may have functions.
func isContainer(cmp comparison) bool { return cmp.op == syntax.IN || cmp.op == syntax.NOT_IN }

// isTypeName reports whether a type's function stands beside a call of type(), which returns a name.
func (c *checker) isTypeName(cmp comparison) bool {
	call, ok := unparen(cmp.x).(*dialect.CallExpr)
	if !ok {
		return false
	}
	decl := c.declaredCallee(call)
	return decl != nil && decl.FullName() == "type"
}

// isBlock reports whether an expression is what a loop runs its block in, such as subtest("…").
func (c *checker) isBlock(e dialect.Expr) bool {
	t := c.typeOf(e)
	return t.k == kClass && t.name == "Scope"
}

// namedFunction reports whether an expression names a declared function or one of the file, and not a name for any
// function.
func (c *checker) namedFunction(e dialect.Expr) bool {
	t := c.typeOf(e)
	if t.k != kFunc {
		return false
	}
	switch e := c.origin(e).(type) {
	case *dialect.DotExpr:
		return t.fn.decl != nil
	case *dialect.Ident:
		sym := c.uses[e]
		return sym == nil && t.fn.decl != nil || sym != nil && sym.fn != nil && sym.kind == symFunction
	}
	return false
}

// tested returns the expressions of which the script wants to know only whether they are true.
func (c *checker) tested() []dialect.Expr {
	var out []dialect.Expr
	var add func(e dialect.Expr)
	add = func(e dialect.Expr) {
		e = unparen(e)
		if b, ok := e.(*dialect.BinaryExpr); ok && (b.Op == syntax.AND || b.Op == syntax.OR) {
			add(b.Y) // its left side is a node of its own
			return
		}
		out = append(out, e)
	}
	for _, n := range c.nodes {
		switch n := n.(type) {
		case *dialect.IfStmt:
			add(n.Cond)
		case *dialect.CondExpr:
			add(n.Cond)
		case *dialect.Comprehension:
			for _, cl := range n.Clauses {
				if cl.Cond != nil {
					add(cl.Cond)
				}
			}
		case *dialect.UnaryExpr:
			if n.Op == syntax.NOT {
				add(n.X)
			}
		case *dialect.BinaryExpr:
			if n.Op == syntax.AND || n.Op == syntax.OR {
				add(n.X)
			}
		}
	}
	for _, a := range c.passed {
		switch a.fn.FullName() {
		case "assert.__call__", "assert", "assert.true", "t.assertTrue", "t.assertFalse", "bool":
			if a.param == nil || a.param.name == "cond" || a.param.name == "expr" || a.fn.Name == "bool" {
				add(a.value)
			}
		case "retry", "polling_condition":
			if l, ok := unparen(a.value).(*dialect.LambdaExpr); ok {
				add(l.Body)
			}
		}
	}
	return out
}

// shown returns the values that formats show.
func (c *checker) shown() []dialect.Expr {
	var out []dialect.Expr
	for e := range nodes[*dialect.BinaryExpr](c) {
		if e.Op != syntax.PERCENT || c.typeOf(e.X).k != kStr {
			continue
		}
		if tuple, ok := unparen(e.Y).(*dialect.TupleExpr); ok {
			out = append(out, tuple.List...)
		} else {
			out = append(out, e.Y)
		}
	}
	for call := range nodes[*dialect.CallExpr](c) {
		if decl := c.declaredCallee(call); decl != nil && decl.FullName() == "str.format" {
			for _, a := range call.Args {
				out = append(out, a.Value)
			}
		}
	}
	return out
}
