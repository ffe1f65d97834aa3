package check

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// loop collects the states at the breaks and continues of a loop, and of a subtest those where it ends without the script:
// at skip, and at a failure that is expected or that --keep-going leaves behind.
type loop struct {
	breaks, continues, ends *state
	subtest                 bool
	depth                   int  // of conditions around its body
	left                    bool // a part of the body may have ended the round
}

func (c *checker) exec(stmts []dialect.Stmt) {
	for i, s := range stmts {
		if c.st.dead {
			if b, ok := s.(*dialect.BranchStmt); !ok || b.Token != syntax.PASS {
				r := dialect.Range{Start: s.Span().Start, End: stmts[len(stmts)-1].Span().End}
				if end := s.Span().End; strings.ContainsRune(string(c.file.Source[r.Start:r.End]), '\n') {
					r.End = end
				}
				c.report(UnreachableCode, r, "this is never reached", "")
			}
			if !c.silent {
				for _, s := range stmts[i:] {
					c.unreached[s] = true
				}
			}
			return
		}
		if c.loader.ctx.Err() != nil {
			return
		}
		c.stmt(s)
		if c.st.dead {
			for _, l := range c.loops {
				l.left = true
			}
		}
	}
}

func (c *checker) stmt(s dialect.Stmt) {
	switch s := s.(type) {
	case *dialect.ExprStmt:
		c.exprStmt(s)
	case *dialect.AssignStmt:
		c.assign(s)
	case *dialect.DeclStmt:
		c.declaration(s)
	case *dialect.DefStmt:
		c.def(s)
	case *dialect.IfStmt:
		t, f := c.cond(s.Cond)
		c.depth++
		c.st = t
		c.exec(s.Then)
		after := c.st
		c.st = f
		c.exec(s.Else)
		c.depth--
		c.st = branches(after, c.st, c.depth)
	case *dialect.ForStmt:
		c.forLoop(s)
	case *dialect.ReturnStmt:
		c.returns(s)
	case *dialect.BranchStmt:
		if len(c.loops) > 0 && s.Token != syntax.PASS {
			l := c.loops[len(c.loops)-1]
			if s.Token == syntax.BREAK {
				l.breaks = merge(l.breaks, c.st.clone())
			} else {
				l.continues = merge(l.continues, c.st.clone())
			}
			c.st.dead = true
		}
	case *dialect.LoadStmt:
		for _, n := range s.Names {
			if sym := c.uses[n.To]; sym != nil {
				c.setSymbol(sym, c.loadedType(sym))
			}
		}
	}
}

func (c *checker) exprStmt(s *dialect.ExprStmt) {
	t := c.expr(s.X, nil)
	if call, ok := unparen(s.X).(*dialect.CallExpr); ok && t.k == kNever && !c.isSubtest(call) {
		c.endSubtest()
		c.st.dead = true
	}
	c.narrowByAssertion(s.X)
}

// text returns the source of a node.
func (c *checker) text(n dialect.Node) string {
	r := n.Span()
	return string(c.file.Source[r.Start:min(r.End, len(c.file.Source))])
}

func (c *checker) declaration(s *dialect.DeclStmt) {
	sym := c.uses[s.Name]
	if sym == nil {
		return
	}
	t := c.annotation(s.Type)
	sym.declared = t
	if c.fn == nil && isMachine(t) {
		c.setSymbol(sym, t) // the run provides it
	}
}

func (c *checker) assign(s *dialect.AssignStmt) {
	if s.Op != syntax.EQ {
		c.augmented(s)
		return
	}
	var want *typ
	id, _ := unparen(s.LHS).(*dialect.Ident)
	var sym *symbol
	if id != nil {
		sym = c.uses[id]
	}
	if s.Type != nil {
		want = c.annotation(s.Type)
		if sym != nil {
			sym.declared = want
		}
	} else if sym != nil && sym.declared != nil && sym.owner == c.fn {
		want = sym.declared
	}
	if id != nil && c.namesType(s.RHS) {
		c.report(UnknownType, s.RHS.Span(), "types are no values", "write type "+id.Name+" = …",
			Fix{Title: "Name the type", Safe: c.fn == nil, Edits: []Edit{{dialect.Range{Start: s.Start, End: s.Start}, "type "}}})
		c.bindTarget(s.LHS, tAny, nil)
		return
	}
	t := c.expr(s.RHS, want)
	if want != nil {
		if c.checkAssignable(AssignmentType, s.RHS, t, want, func() string { return fmt.Sprintf("`%s` is declared as %s", c.text(s.LHS), want) }) || t.k == kAny {
			if t.k == kAny || !narrower(t, want) {
				t = want
			}
		} else {
			t = want
		}
	}
	c.bindTarget(s.LHS, t, s.RHS)
}

// namesType reports whether an expression is a type such as list[str] or str | None, which is no value in Starlark.
func (c *checker) namesType(e dialect.Expr) bool {
	e = unparen(e)
	switch x := e.(type) {
	case *dialect.BinaryExpr:
		if x.Op != syntax.PIPE {
			return false
		}
	case *dialect.IndexExpr:
		if _, ok := x.X.(*dialect.Ident); !ok {
			return false
		}
	default:
		return false
	}
	if slices.ContainsFunc(idents(e), func(id *dialect.Ident) bool { return c.uses[id] != nil }) {
		return false
	}
	t, err := dialect.TypeOf(e)
	if err != nil {
		return false
	}
	_, err = c.u.convert(t, c.aliases)
	return err == nil
}

// idents returns the names in an expression.
func idents(e dialect.Expr) []*dialect.Ident {
	if id, ok := e.(*dialect.Ident); ok {
		return []*dialect.Ident{id}
	}
	var out []*dialect.Ident
	for _, x := range children(e) {
		out = append(out, idents(x)...)
	}
	return out
}

// narrower reports whether an inferred type is more precise than the declared one.
func narrower(t, declared *typ) bool {
	return declared.k == kUnion && t.k != kUnion || declared.k == kObject || declared.k == kAny
}

// bindTarget assigns a value of type t to the target of an assignment or a loop.
func (c *checker) bindTarget(target dialect.Expr, t *typ, from dialect.Expr) {
	switch x := target.(type) {
	case *dialect.ParenExpr:
		c.bindTarget(x.X, t, from)
	case *dialect.Ident:
		if sym := c.uses[x]; sym != nil {
			if sym.declared == nil || sym.owner != c.fn {
				t = c.containerOf(sym, t, from)
			}
			c.types[x] = t
			c.setSymbol(sym, t)
		}
	case *dialect.TupleExpr:
		c.unpack(x, x.List, t, from)
	case *dialect.ListExpr:
		c.unpack(x, x.List, t, from)
	case *dialect.IndexExpr:
		c.assignIndex(x, t)
	case *dialect.DotExpr:
		xt := c.expr(x.X, nil)
		if xt.k != kAny && xt.k != kUnion {
			c.report(OperandType, x.Range, fmt.Sprintf("the attributes of %s can't be assigned to", article(xt)), "")
		}
	}
}

func (c *checker) setSymbol(sym *symbol, t *typ) {
	if sym.owner == c.fn || c.fn == nil {
		c.st.set(sym, t)
	}
	if sym.next == nil {
		sym.next = tNever
	}
	sym.next = join(sym.next, t)
}

// containerOf widens the element types of a container that is changed later by the types of what is put into it.
func (c *checker) containerOf(sym *symbol, t *typ, from dialect.Expr) *typ {
	if !sym.mutated {
		return t
	}
	widen := func(e, put *typ) *typ {
		if sym.opaque {
			return tAny
		}
		if put == nil {
			return e
		}
		return join(e, put)
	}
	switch t.k {
	case kList, kSet:
		return &typ{k: t.k, args: []*typ{widen(t.args[0], sym.elem)}}
	case kDict:
		return dictOf(widen(t.args[0], sym.elem), widen(t.args[1], sym.elem2))
	}
	return t
}

// put records that a value was put into the container of an expression.
func (c *checker) put(container dialect.Expr, key, value *typ) {
	id, ok := unparen(container).(*dialect.Ident)
	if !ok {
		if r := rootIdent(container); r != nil && c.uses[r] != nil {
			c.uses[r].opaque = true // a container inside it
		}
		return
	}
	sym := c.uses[id]
	if sym == nil {
		return
	}
	grow := func(t **typ, x *typ) {
		if x == nil {
			return
		}
		if *t == nil {
			*t = tNever
		}
		*t = join(*t, x)
	}
	if key != nil {
		grow(&sym.nElem, key)
		grow(&sym.nElem2, value)
	} else {
		grow(&sym.nElem, value)
	}
}

// isSubtest reports whether an expression calls the function subtest.
func (c *checker) isSubtest(e dialect.Expr) bool {
	call, ok := unparen(e).(*dialect.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fn.(*dialect.Ident)
	return ok && id.Name == "subtest" && c.uses[id] == nil
}

// endSubtest notes the state for what comes after the subtest around this place.
func (c *checker) endSubtest() {
	for _, l := range slices.Backward(c.loops) {
		if l.subtest {
			l.ends = merge(l.ends, c.st.clone())
			return
		}
	}
}

// deepLoop is how many loops may be around one that makes silent rounds while one of them does. The rounds of those around it
// carry its effects; with rounds in rounds, the time would double with each loop.
const deepLoop = 3

func (c *checker) forLoop(s *dialect.ForStmt) {
	xt := c.expr(s.X, nil)
	elem := c.elements(s.X, xt)
	once := xt.k == kClass && elem.k == kNone // a subtest or a condition, which runs once
	entry := c.st
	start := entry
	silent := c.silent
	if !once && (!silent || len(c.loops) < deepLoop) {
		c.silent = true
		for range 3 {
			c.st = start.clone()
			l := c.body(s, elem)
			next := rounds(start, merge(c.st, l.continues), true)
			if same(next, start) {
				break
			}
			start = next
		}
		c.silent = silent
	}
	c.st = start.clone()
	l := c.body(s, elem)
	after := merge(c.st, l.continues)
	if once {
		if c.st = merge(after, l.breaks); c.st.dead && l.ends != nil {
			c.st = l.ends
		}
		return
	}
	c.st = branches(rounds(entry, after, false), l.breaks, c.depth)
	c.st.carried.root = nil
}

// rounds returns the state in which a loop's body begins, or in which the code behind the loop does. What all of the
// body sets counts as set behind the loop, although there may have been no round.
func rounds(entry, after *state, carried bool) *state {
	r := merge(entry, after)
	if after == nil || after.dead || entry.dead {
		return r
	}
	r.carried.root = nil
	if carried {
		differences(entry.vars, after.vars, func(i int, before, _ *typ) bool {
			if before == nil {
				r.carried.set(i, true)
				r.unsure.set(i, 0)
			}
			return true
		})
	}
	return r
}

func (c *checker) body(s *dialect.ForStmt, elem *typ) *loop {
	l := &loop{depth: c.depth, subtest: c.isSubtest(s.X)}
	outer := c.loops // a def in the body starts with none
	c.loops = append(outer[:len(outer):len(outer)], l)
	c.bindTarget(s.Vars, elem, nil)
	c.exec(s.Body)
	c.loops = outer
	return l
}

func (c *checker) returns(s *dialect.ReturnStmt) {
	if c.fn == nil {
		if s.Result != nil {
			c.expr(s.Result, nil)
		}
		c.st.dead = true
		return
	}
	t := tNone
	var want *typ
	if c.fn.def != nil && c.fn.def.Result != nil {
		want = c.annotation(c.fn.def.Result)
	}
	if s.Result != nil {
		t = c.expr(s.Result, want)
	}
	if want != nil {
		var at dialect.Node = s
		if s.Result != nil {
			at = s.Result
		}
		c.checkAssignable(ReturnType, at, t, want, func() string { return fmt.Sprintf("`%s` is declared to return %s", c.fn.name, want) })
	}
	c.addResult(t)
	c.st.dead = true
}

func (c *checker) addResult(t *typ) {
	if c.fn.nextResult == nil {
		c.fn.nextResult = tNever
	}
	c.fn.nextResult = join(c.fn.nextResult, t)
}
