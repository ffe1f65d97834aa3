package script

import (
	"fmt"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A subtest that is skipped, or that fails as expected, ends, and the script goes on after it. Starlark has nothing that
// catches an error within a function, but a builtin can catch the error of a function that it calls. Therefore the body
// of a loop over subtest(name) becomes a function of its own, without changing what the body means:
//
//	for _ in subtest("x"):                  for $return in $body(subtest("x"), BODY as a function):
//	    BODY                         →          return $return
//
// The variables stay where they are: those of the file are global for every function. Those of the function around the
// loop, or of the file's comprehensions and loads, are all kept in cells, and the new function, whose variables have the same numbers, gets the cells themselves as
// the defaults of its parameters. "break" and "continue" of the loop become "return", and "return x" becomes
// "return (x,)", over which the loop runs once; it runs over the empty tuple if the body ended otherwise.
//
// That needs the bindings of all names, which the resolver finds when FileProgram calls it, right before it compiles the
// tree. The resolver asks for names that are predeclared, and for that of a comprehension at the end of the file last.

const (
	bodyName = "$body"
	lastName = "$last"
)

// program compiles a tree, in which the bodies of subtests become functions.
func program(file *syntax.File, predeclared func(string) bool) (*starlark.Program, error) {
	count := len(file.Stmts)
	file.Stmts = append(file.Stmts[:count:count], askLast(file.Path))
	prog, err := starlark.FileProgram(file, func(name string) bool {
		if name != lastName {
			return predeclared(name)
		}
		file.Stmts = file.Stmts[:count]
		top := &resolve.Function{Name: "<toplevel>", Locals: localsIn(file.Stmts)}
		b := &bodies{function: top, own: len(top.Locals)}
		b.stmts(file.Stmts)
		return true
	})
	return prog, err
}

// askLast returns the statement "[$last for $last_ in ()]", whose first name the resolver looks up after all others.
func askLast(path string) syntax.Stmt {
	at := syntax.MakePosition(&path, 1, 1)
	ident := func(name string) *syntax.Ident { return &syntax.Ident{NamePos: at, Name: name} }
	return &syntax.ExprStmt{X: &syntax.Comprehension{
		Lbrack: at, Rbrack: at, Body: ident(lastName),
		Clauses: []syntax.Node{&syntax.ForClause{For: at, In: at, Vars: ident(lastName + "_"), X: &syntax.TupleExpr{Lparen: at, Rparen: at}}},
	}}
}

// bodies makes functions of the bodies of subtests within one function, or at the top level of a file.
type bodies struct {
	function *resolve.Function
	own      int               // how many variables the function has without the one below
	result   *resolve.Binding  // the variable $return; nil until it is needed
	outer    *resolve.Function // within a body: the function around all bodies
	loops    int               // the loops around the statement, within a body
	returns  bool              // the body has a return statement
}

func (b *bodies) stmts(list []syntax.Stmt) {
	for i, s := range list {
		switch s := s.(type) {
		case *syntax.DefStmt:
			f := s.Function.(*resolve.Function)
			inner := &bodies{function: f, own: len(f.Locals)}
			inner.stmts(s.Body)
		case *syntax.IfStmt:
			b.stmts(s.True)
			b.stmts(s.False)
		case *syntax.WhileStmt:
			b.loops++
			b.stmts(s.Body)
			b.loops--
		case *syntax.ForStmt:
			if isSubtest(s) {
				b.subtest(s)
				continue
			}
			b.loops++
			b.stmts(s.Body)
			b.loops--
		case *syntax.BranchStmt:
			if b.outer != nil && b.loops == 0 && s.Token != syntax.PASS {
				list[i] = &syntax.ReturnStmt{Return: s.TokenPos}
			}
		case *syntax.ReturnStmt:
			if b.outer != nil {
				b.returns = true
				list[i] = &syntax.ReturnStmt{Return: s.Return, Result: &syntax.TupleExpr{Lparen: s.Return, List: []syntax.Expr{orNone(s)}, Rparen: s.Return}}
			}
		}
	}
}

// isSubtest reports whether a loop is "for NAME in subtest(ARGUMENT):".
func isSubtest(s *syntax.ForStmt) bool {
	call, ok := s.X.(*syntax.CallExpr)
	if !ok || len(call.Args) != 1 {
		return false
	}
	if arg, ok := call.Args[0].(*syntax.UnaryExpr); ok && (arg.Op == syntax.STAR || arg.Op == syntax.STARSTAR) {
		return false
	}
	fn, ok := call.Fn.(*syntax.Ident)
	_, isName := s.Vars.(*syntax.Ident)
	if !ok || !isName || fn.Name != "subtest" {
		return false
	}
	bound, ok := fn.Binding.(*resolve.Binding)
	return ok && bound.Scope == resolve.Predeclared
}

// subtest changes a loop.
func (b *bodies) subtest(s *syntax.ForStmt) {
	f := &resolve.Function{Name: b.function.Name, Pos: s.For}
	inner := &bodies{function: f, own: b.own, outer: b.function}
	b.share(f)
	variable := s.Vars.(*syntax.Ident)
	f.Body = append([]syntax.Stmt{&syntax.AssignStmt{OpPos: s.For, Op: syntax.EQ, LHS: variable, RHS: none(s.For)}}, s.Body...)
	inner.stmts(f.Body)

	call := s.X.(*syntax.CallExpr)
	s.X = &syntax.CallExpr{
		Fn:     &syntax.Ident{NamePos: s.For, Name: bodyName, Binding: &resolve.Binding{Scope: resolve.Predeclared}},
		Lparen: call.Lparen, Rparen: call.Rparen,
		Args: []syntax.Expr{call, &syntax.LambdaExpr{Lambda: s.For, Function: f}},
	}
	s.Body = []syntax.Stmt{&syntax.BranchStmt{Token: syntax.PASS, TokenPos: s.For}}
	if inner.returns {
		b.returns = b.outer != nil
		s.Vars = b.returned(s.For)
		s.Body = []syntax.Stmt{&syntax.ReturnStmt{Return: s.For, Result: b.passed(s.For)}}
	}
}

// share gives a body the variables of the function around it.
func (b *bodies) share(f *resolve.Function) {
	for i, l := range b.function.Locals[:b.own] {
		if b.outer == nil {
			l.Scope = resolve.Cell
		}
		cell := &syntax.Ident{NamePos: f.Pos, Name: l.First.Name, Binding: &resolve.Binding{Scope: resolve.Local, Index: i, First: l.First}}
		f.Locals = append(f.Locals, &resolve.Binding{Scope: resolve.Local, Index: i, First: l.First})
		f.Params = append(f.Params, &syntax.BinaryExpr{X: cell, OpPos: f.Pos, Op: syntax.EQ, Y: cell})
	}
	for i, l := range b.function.FreeVars {
		f.FreeVars = append(f.FreeVars, &resolve.Binding{Scope: resolve.Free, Index: i, First: l.First})
	}
}

// returned returns the variable that has what a body returned.
func (b *bodies) returned(at syntax.Position) *syntax.Ident {
	id := &syntax.Ident{NamePos: at, Name: "$return"}
	if b.result == nil {
		b.result = &resolve.Binding{Scope: resolve.Local, Index: len(b.function.Locals), First: id}
		b.function.Locals = append(b.function.Locals, b.result)
	}
	id.Binding = b.result
	return id
}

// passed returns the value that the function around a loop returns when the loop's body did.
func (b *bodies) passed(at syntax.Position) syntax.Expr {
	v := b.returned(at)
	if b.outer == nil {
		return v
	}
	return &syntax.TupleExpr{Lparen: at, List: []syntax.Expr{v}, Rparen: at}
}

// localsIn returns the variables of a file that are not global, by their numbers: those of comprehensions and of load.
func localsIn(stmts []syntax.Stmt) []*resolve.Binding {
	var out []*resolve.Binding
	var visit func(n syntax.Node) bool
	visit = func(n syntax.Node) bool {
		var params []syntax.Expr
		switch n := n.(type) {
		case *syntax.DefStmt:
			params = n.Params
		case *syntax.LambdaExpr:
			params = n.Params
		case *syntax.Ident:
			b, ok := n.Binding.(*resolve.Binding)
			if !ok || b.Scope != resolve.Local && b.Scope != resolve.Cell {
				return true
			}
			for len(out) <= b.Index {
				out = append(out, b)
			}
			out[b.Index] = b
			return true
		default:
			return true
		}
		// The other variables of a function are its own.
		for _, p := range params {
			if p, ok := p.(*syntax.BinaryExpr); ok {
				syntax.Walk(p.Y, visit)
			}
		}
		return false
	}
	for _, s := range stmts {
		syntax.Walk(s, visit)
	}
	return out
}

func orNone(s *syntax.ReturnStmt) syntax.Expr {
	if s.Result == nil {
		return none(s.Return)
	}
	return s.Result
}

func none(at syntax.Position) *syntax.Ident {
	return &syntax.Ident{NamePos: at, Name: "None", Binding: &resolve.Binding{Scope: resolve.Universal}}
}

// body runs the body of a loop over subtest(name). It returns a tuple of what the body returned, if it returned.
func body(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	st := stateOf(thread)
	o := AsObject(args[0])
	if o == nil {
		return nil, fmt.Errorf("internal error: a loop over a %s has the body of a subtest", args[0].Type())
	}
	v, err := st.inSubtest(o.payload.(func() *scope)(), args[1].(starlark.Callable))
	if _, returned := v.(starlark.Tuple); err == nil && !returned {
		v = starlark.Tuple{}
	}
	return v, err
}

// withoutBodies returns a stack in which the body of a subtest is no call of its own.
func withoutBodies(stack starlark.CallStack) starlark.CallStack {
	out := stack[:0:0]
	for i, fr := range stack {
		if fr.Name == bodyName || i+2 < len(stack) && stack[i+1].Name == bodyName {
			continue
		}
		out = append(out, fr)
	}
	return out
}
