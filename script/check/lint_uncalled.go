package check

import (
	"fmt"
	"slices"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// NotCalled is the lint of functions that stand where only their results make sense.
const NotCalled Code = "not-called"

func uncalledLints() []Lint {
	return []Lint{
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
	var parents map[dialect.Node]dialect.Node
	var reads map[*symbol][]*dialect.Ident
	for s := range nodes[*dialect.AssignStmt](c) {
		id, ok := unparen(s.LHS).(*dialect.Ident)
		dot, method := unparen(s.RHS).(*dialect.DotExpr)
		if !ok || !method || !c.namedFunction(dot) || c.uses[id] == nil || c.uses[id].assigned != 1 || c.typeOf(dot).fn.decl == nil {
			continue
		}
		if slices.ContainsFunc(c.typeOf(dot).fn.params, func(p param) bool { return p.required() }) {
			continue
		}
		if reads == nil {
			parents, reads = c.parents(), c.reads()
		}
		used := false
		for _, n := range reads[c.uses[id]] {
			if n == id {
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

// reads returns the names that can be reached, by their symbols.
func (c *checker) reads() map[*symbol][]*dialect.Ident {
	out := map[*symbol][]*dialect.Ident{}
	for id := range nodes[*dialect.Ident](c) {
		out[c.uses[id]] = append(out[c.uses[id]], id)
	}
	return out
}

// takesFunction reports whether a parameter of a function is a function.
func (f *fnType) takesFunction() bool {
	return slices.ContainsFunc(f.params, func(p param) bool { return p.typ.has(kFunc) })
}

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
