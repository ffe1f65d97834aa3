package check

import (
	"fmt"
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// lintSequence looks at a statement and the one behind it.
func (c *checker) lintSequence(stmts []dialect.Stmt, i int) {
	if c.silent || i+1 >= len(stmts) {
		return
	}
	s, ok := stmts[i].(*dialect.ExprStmt)
	if !ok {
		return
	}
	call, machine := machineCall(s.X, "sleep")
	if call == nil {
		return
	}
	for _, name := range []string{"succeed", "execute", "require_unit_state", "get_screen_text"} {
		var next dialect.Expr
		switch n := stmts[i+1].(type) {
		case *dialect.ExprStmt:
			next = n.X
		case *dialect.AssignStmt:
			next = n.RHS
		}
		if other, m := machineCall(next, name); other != nil && m == machine {
			better := map[string]string{"succeed": "wait_until_succeeds", "execute": "wait_until_succeeds", "require_unit_state": "wait_for_unit", "get_screen_text": "wait_for_text"}[name]
			c.report(SleepInsteadOfWait, call.Range, fmt.Sprintf("this always takes its time, and is too short on a slow machine: wait for what `%s` needs", name), "write "+better+"(…)")
		}
	}
}

// machineCall is e as a call of that method, with the name of the machine.
func machineCall(e dialect.Expr, method string) (*dialect.CallExpr, string) {
	call, ok := e.(*dialect.CallExpr)
	if !ok {
		return nil, ""
	}
	d, ok := call.Fn.(*dialect.DotExpr)
	if !ok || d.Name.Name != method {
		return nil, ""
	}
	id, ok := d.X.(*dialect.Ident)
	if !ok {
		return nil, ""
	}
	return call, id.Name
}

// lintNoValue warns of x = f() where f never returns a value.
func (c *checker) lintNoValue(e dialect.Expr) {
	call, ok := unparen(e).(*dialect.CallExpr)
	if !ok {
		return
	}
	if t := c.types[call.Fn]; t != nil && t.k == kFunc && t.fn.result.k == kNone {
		c.report(NoReturnValue, call.Range, fmt.Sprintf("`%s` returns nothing: the value is always None", c.text(call.Fn)), "")
	}
}

// lintSubtest warns of a name that two subtests have.
func (c *checker) lintSubtest(call *dialect.CallExpr) {
	id, ok := call.Fn.(*dialect.Ident)
	if !ok || id.Name != "subtest" || c.uses[id] != nil || len(call.Args) == 0 || c.silent || c.fn != nil {
		return
	}
	name, ok := c.constString(call.Args[0].Value)
	if !ok {
		return
	}
	if first, ok := c.subtests[name]; ok {
		c.report(DuplicateSubtest, call.Args[0].Range, fmt.Sprintf("there is a subtest of this name already, at line %d: reports can't tell them apart", c.file.Position(first.Start).Line), "")
		return
	}
	c.subtests[name] = call.Args[0].Range
}

// lintSymbols warns of what is defined and never used.
func (c *checker) lintSymbols() {
	for _, id := range c.redefined {
		c.report(Redefined, id.Range, fmt.Sprintf("`%s` is defined twice: the first function is lost", id.Name), "")
	}
	if c.broken() {
		return // the use may be in what could not be parsed
	}
	for _, n := range sortedKeys(c.global.syms) {
		sym := c.global.syms[n]
		switch {
		case len(sym.refs) > 0 || strings.HasPrefix(n, "_") || n == dialect.KeepMachines:
		case sym.kind == symLoaded:
			c.report(UnusedLoad, sym.defs[0], fmt.Sprintf("`%s` is loaded, but never used", n), "")
		case sym.kind == symVariable && sym.decl == nil && c.isScript():
			c.unusedVariable(sym)
		}
	}
	for _, fn := range c.order {
		escapes := fn.escapes || fn.lambda != nil
		for _, n := range sortedKeys(fn.scope.syms) {
			sym := fn.scope.syms[n]
			if len(sym.refs) > 0 || strings.HasPrefix(n, "_") {
				continue
			}
			switch {
			case sym.kind == symVariable:
				c.unusedVariable(sym)
			case sym.kind == symParameter && !escapes && fn.called && !c.calledBack(fn):
				c.report(UnusedParameter, sym.defs[0], fmt.Sprintf("the parameter `%s` of `%s` is never used", n, fn.name), "a name that begins with _ says that this is meant")
			}
		}
	}
}

// calledBack reports whether the function is handed to another one, which decides on its parameters.
func (c *checker) calledBack(fn *function) bool {
	if fn.def == nil {
		return true
	}
	sym := c.uses[fn.def.Name]
	if sym == nil {
		return true
	}
	for _, r := range sym.refs {
		if rest := c.file.Source[r.End:]; len(rest) == 0 || rest[0] != '(' {
			return true
		}
	}
	return false
}

func (c *checker) unusedVariable(sym *symbol) {
	hint := "a name that begins with _ says that this is meant"
	c.report(UnusedVariable, sym.defs[len(sym.defs)-1], fmt.Sprintf("`%s` is set, but never used", sym.name), hint)
}

// isScript reports whether the file does something at top level, which a file of helpers does not.
func (c *checker) isScript() bool {
	for _, s := range c.file.Stmts {
		switch s := s.(type) {
		case *dialect.ForStmt, *dialect.IfStmt:
			return true
		case *dialect.ExprStmt:
			if _, ok := s.X.(*dialect.CallExpr); ok {
				return true
			}
		}
	}
	return false
}

// structure reports what go.starlark.net's resolver rejects.
func (c *checker) structure() {
	s := &structure{c: c}
	s.stmts(c.file.Stmts, false, false, true)
}

type structure struct{ c *checker }

func (s *structure) stmts(list []dialect.Stmt, inFunction, inLoop, topLevel bool) {
	for _, st := range list {
		switch st := st.(type) {
		case *dialect.DefStmt:
			s.params(st.Params)
			s.stmts(st.Body, true, false, false)
		case *dialect.IfStmt:
			s.stmts(st.Then, inFunction, inLoop, false)
			s.stmts(st.Else, inFunction, inLoop, false)
		case *dialect.ForStmt:
			s.target(st.Vars)
			s.stmts(st.Body, inFunction, true, false)
		case *dialect.AssignStmt:
			s.target(st.LHS)
		case *dialect.BranchStmt:
			if !inLoop && st.Token != syntax.PASS {
				s.c.reportf(MisplacedStatement, st, "%s outside of a loop", st.Token)
			}
		case *dialect.ReturnStmt:
			if !inFunction {
				s.c.report(MisplacedStatement, st.Range, "return outside of a function", "")
			}
		case *dialect.LoadStmt:
			if !topLevel {
				s.c.report(MisplacedStatement, st.Range, "load must stand at the top level of the file", "")
			}
		case *dialect.TypeStmt:
			if !topLevel {
				s.c.report(MisplacedStatement, st.Range, "a type must be named at the top level of the file", "")
			}
		}
	}
}

func (s *structure) target(e dialect.Expr) {
	switch e := unparen(e).(type) {
	case *dialect.Ident, *dialect.IndexExpr, *dialect.DotExpr, *dialect.BadExpr:
	case *dialect.TupleExpr:
		for _, x := range e.List {
			s.target(x)
		}
	case *dialect.ListExpr:
		for _, x := range e.List {
			s.target(x)
		}
	default:
		s.c.report(MisplacedStatement, e.Span(), "this can't be assigned to", "")
	}
}

func (s *structure) params(list []*dialect.Param) {
	seen := map[string]bool{}
	star, starStar, optional := false, false, false
	for i, p := range list {
		message := ""
		switch {
		case starStar:
			message = "no parameter may stand behind **"
		case p.Star == 2:
			starStar = true
		case p.Star == 1 && star:
			message = "there is a * already"
		case p.Star == 1:
			star = true
			if p.Name == nil && (i+1 == len(list) || list[i+1].Star > 0) {
				message = "a parameter must stand behind *"
			}
		case p.Default != nil:
			optional = true
		case optional && !star:
			message = "a parameter without a default stands behind one that has one"
		}
		if p.Name != nil && p.Name.Name != "" {
			if seen[p.Name.Name] {
				message = fmt.Sprintf("two parameters are called `%s`", p.Name.Name)
			}
			seen[p.Name.Name] = true
		}
		if message != "" {
			s.c.report(MisplacedStatement, p.Range, message, "")
		}
	}
}
