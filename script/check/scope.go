package check

import (
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

type symbolKind uint8

const (
	symVariable symbolKind = iota
	symParameter
	symFunction
	symLoaded
	symType
	symLoop // a variable of a loop or of an unpacking
)

// symbol is a name that the file defines.
type symbol struct {
	name     string
	number   int // each symbol of the file has another
	kind     symbolKind
	owner    *function // nil for globals
	defs     []dialect.Range
	refs     []dialect.Range // where it is read
	declared *typ            // its annotation
	decl     *dialect.DeclStmt
	fn       *function // for a function that is defined once
	loaded   *loadedSymbol

	all, next *typ // the join of all its values, in the last round and in this one
	// A container that is changed after it was made: the type of what was put into it, and whether something of unknown
	// type may have been put into it.
	mutated       bool
	opaque        bool
	elem, elem2   *typ // in the last round
	nElem, nElem2 *typ
	constant      dialect.Expr // the only value assigned
	assigned      int
	started       bool // something else than x += 1 and the like sets it
}

type loadedSymbol struct {
	module string
	name   string
	typ    *typ
	doc    string
	def    Location
}

// Location is a place in a file.
type Location struct {
	File  string
	Range dialect.Range
	Start dialect.Position
	End   dialect.Position
}

type scope struct {
	parent *scope
	fn     *function
	syms   map[string]*symbol
	block  bool // of a comprehension
	count  *int // of the file's symbols
}

// function is a def or a lambda of the file.
type function struct {
	name   string
	node   dialect.Node
	def    *dialect.DefStmt // nil for a lambda
	lambda *dialect.LambdaExpr
	outer  *function
	scope  *scope
	params []*symbol
	decls  []*dialect.Param

	result, nextResult *typ   // inferred, in the last round and in this one
	observed, nextObs  []*typ // the types that calls passed to each parameter
	called, nextCalled bool
	escapes            bool // it is used in another way than in calls
	nextEscapes        bool
	givesUp            bool                // inference did not end: everything is Any
	returnsValue       bool                // a return statement has a value
	valueReturn        *dialect.ReturnStmt // the first with another value than None
	bareReturns        []*dialect.ReturnStmt
}

func newScope(parent *scope, fn *function) *scope {
	s := &scope{parent: parent, fn: fn, syms: map[string]*symbol{}, count: new(int)}
	if parent != nil {
		s.count = parent.count
	}
	return s
}

func (s *scope) define(id *dialect.Ident, k symbolKind) *symbol {
	sym := s.syms[id.Name]
	if sym == nil {
		sym = &symbol{name: id.Name, number: *s.count, kind: k, owner: s.fn}
		*s.count++
		s.syms[id.Name] = sym
	}
	sym.defs = append(sym.defs, id.Range)
	sym.started = true
	return sym
}

func (s *scope) lookup(name string) *symbol {
	for ; s != nil; s = s.parent {
		if sym := s.syms[name]; sym != nil {
			return sym
		}
	}
	return nil
}

// binder finds the meaning of each name of the file.
type binder struct {
	c *checker
}

// collect defines the names that statements assign in a scope.
func (b *binder) collect(s *scope, stmts []dialect.Stmt) {
	for _, st := range stmts {
		switch st := st.(type) {
		case *dialect.AssignStmt:
			b.target(s, st.LHS, symVariable, st)
		case *dialect.DeclStmt:
			if st.Name.Name != "" {
				sym := s.define(st.Name, symVariable)
				sym.decl = st
				b.c.uses[st.Name] = sym
			}
		case *dialect.TypeStmt:
			if st.Name.Name != "" {
				b.c.uses[st.Name] = s.define(st.Name, symType)
			}
		case *dialect.DefStmt:
			if st.Name.Name != "" {
				old := s.syms[st.Name.Name]
				sym := s.define(st.Name, symFunction)
				sym.assigned++
				b.c.uses[st.Name] = sym
				fn := &function{name: st.Name.Name, node: st, def: st, outer: s.fn, decls: st.Params}
				b.c.funcs[st] = fn
				sym.fn = fn
				if old != nil {
					sym.fn = nil
					if old.kind == symFunction && old.assigned > 0 {
						b.c.redefined = append(b.c.redefined, st.Name)
					}
				}
			}
		case *dialect.IfStmt:
			b.collect(s, st.Then)
			b.collect(s, st.Else)
		case *dialect.ForStmt:
			b.target(s, st.Vars, symLoop, nil)
			b.collect(s, st.Body)
		case *dialect.LoadStmt:
			for _, n := range st.Names {
				if n.To.Name != "" {
					b.c.uses[n.To] = s.define(n.To, symLoaded)
				}
			}
		}
	}
}

func (b *binder) target(s *scope, e dialect.Expr, k symbolKind, from *dialect.AssignStmt) {
	switch e := e.(type) {
	case *dialect.Ident:
		if e.Name == "" {
			return
		}
		if from != nil && from.Op != syntax.EQ {
			if sym := s.syms[e.Name]; sym == nil {
				sym = s.define(e, k)
				sym.started = false
				b.c.uses[e] = sym
			} else {
				b.c.uses[e] = sym
			}
			s.syms[e.Name].assigned += 2 // not a constant
			return
		}
		sym := s.define(e, k)
		sym.assigned++
		b.c.uses[e] = sym
		if from != nil {
			sym.constant = from.RHS
			sym.fn = nil
		}
	case *dialect.ParenExpr:
		b.target(s, e.X, k, from)
	case *dialect.TupleExpr:
		for _, x := range e.List {
			b.target(s, x, symLoop, nil)
		}
	case *dialect.ListExpr:
		for _, x := range e.List {
			b.target(s, x, symLoop, nil)
		}
	}
}

func (b *binder) stmts(s *scope, list []dialect.Stmt) {
	for _, st := range list {
		b.stmt(s, st)
	}
}

func (b *binder) stmt(s *scope, st dialect.Stmt) {
	switch st := st.(type) {
	case *dialect.ExprStmt:
		b.expr(s, st.X)
	case *dialect.AssignStmt:
		b.expr(s, st.RHS)
		b.targetReads(s, st.LHS, st.Op != syntax.EQ)
		if base := rootIdent(st.LHS); base != nil {
			if _, plain := unparen(st.LHS).(*dialect.Ident); !plain || st.Op != syntax.EQ {
				b.mutates(s, base)
			}
		}
		if l, ok := st.LHS.(*dialect.Ident); ok {
			if r := rootIdent(st.RHS); r != nil {
				b.c.flowsTo = append(b.c.flowsTo, flowEdge{s.lookup(r.Name), s.lookup(l.Name)})
			}
		}
	case *dialect.DefStmt:
		if fn := b.c.funcs[st]; fn != nil {
			b.function(s, fn, st.Params, func(inner *scope) {
				b.collect(inner, st.Body)
				b.stmts(inner, st.Body)
			})
		}
	case *dialect.IfStmt:
		b.expr(s, st.Cond)
		b.stmts(s, st.Then)
		b.stmts(s, st.Else)
	case *dialect.ForStmt:
		b.expr(s, st.X)
		b.targetReads(s, st.Vars, false)
		b.loopEdge(s, st.Vars, st.X)
		b.stmts(s, st.Body)
	case *dialect.ReturnStmt:
		if st.Result != nil {
			b.expr(s, st.Result)
			if s.fn != nil {
				s.fn.returnsValue = true
			}
			if s.fn != nil && !isNone(unparen(st.Result)) && s.fn.valueReturn == nil {
				s.fn.valueReturn = st
			}
		} else if s.fn != nil {
			s.fn.bareReturns = append(s.fn.bareReturns, st)
		}
	}
}

// loopEdge records that a change of a loop's variable changes the value that the loop iterates over.
func (b *binder) loopEdge(s *scope, vars, x dialect.Expr) {
	r := rootIdent(x)
	if c, ok := unparen(x).(*dialect.CallExpr); ok { // d.items(), enumerate(d)
		if d, ok := c.Fn.(*dialect.DotExpr); ok {
			r = rootIdent(d.X)
		} else if len(c.Args) > 0 {
			r = rootIdent(c.Args[0].Value)
		}
	}
	if r == nil {
		return
	}
	for _, v := range identsOf(vars) {
		b.c.flowsTo = append(b.c.flowsTo, flowEdge{s.lookup(r.Name), s.lookup(v.Name)})
	}
}

type flowEdge struct{ from, to *symbol }

// mutates records that the container of a name is changed.
func (b *binder) mutates(s *scope, base *dialect.Ident) {
	if sym := s.lookup(base.Name); sym != nil {
		sym.mutated = true
	}
}

// targetReads binds the expressions within an assignment's target: x in x[i] = 1.
func (b *binder) targetReads(s *scope, e dialect.Expr, augmented bool) {
	switch e := e.(type) {
	case *dialect.Ident:
		if augmented {
			b.read(s, e)
		} else if sym := s.lookup(e.Name); sym != nil {
			b.c.uses[e] = sym
		}
	case *dialect.ParenExpr:
		b.targetReads(s, e.X, augmented)
	case *dialect.TupleExpr:
		for _, x := range e.List {
			b.targetReads(s, x, augmented)
		}
	case *dialect.ListExpr:
		for _, x := range e.List {
			b.targetReads(s, x, augmented)
		}
	default:
		b.expr(s, e)
	}
}

func (b *binder) function(s *scope, fn *function, params []*dialect.Param, body func(*scope)) {
	outer := s.fn
	fn.outer = outer
	fn.scope = newScope(s, fn)
	for _, p := range params {
		if p.Default != nil {
			b.expr(s, p.Default)
		}
		if p.Name == nil || p.Name.Name == "" {
			continue
		}
		sym := fn.scope.define(p.Name, symParameter)
		sym.assigned = 2 // its value comes from the caller
		b.c.uses[p.Name] = sym
		fn.params = append(fn.params, sym)
	}
	b.c.order = append(b.c.order, fn)
	body(fn.scope)
}

func (b *binder) read(s *scope, id *dialect.Ident) {
	if sym := s.lookup(id.Name); sym != nil {
		b.c.uses[id] = sym
		sym.refs = append(sym.refs, id.Range)
	}
}

var mutators = map[string]bool{"append": true, "extend": true, "insert": true, "update": true, "setdefault": true, "add": true}

func (b *binder) expr(s *scope, e dialect.Expr) {
	switch e := e.(type) {
	case *dialect.Ident:
		b.read(s, e)
	case *dialect.CallExpr:
		if d, ok := e.Fn.(*dialect.DotExpr); ok && mutators[d.Name.Name] {
			if r := rootIdent(d.X); r != nil {
				b.mutates(s, r)
			}
		}
		b.expr(s, e.Fn)
		for _, a := range e.Args {
			b.expr(s, a.Value)
		}
	case *dialect.LambdaExpr:
		fn := &function{name: "lambda", node: e, lambda: e, decls: e.Params}
		b.c.funcs[e] = fn
		b.function(s, fn, e.Params, func(inner *scope) { b.expr(inner, e.Body) })
	case *dialect.Comprehension:
		inner := newScope(s, s.fn)
		inner.block = true
		for _, c := range e.Clauses {
			if c.Cond != nil {
				b.expr(inner, c.Cond)
				continue
			}
			b.expr(inner, c.X)
			b.target(inner, c.Vars, symLoop, nil)
			b.targetReads(inner, c.Vars, false)
			b.loopEdge(inner, c.Vars, c.X)
		}
		b.expr(inner, e.Body)
	default:
		for _, x := range children(e) {
			b.expr(s, x)
		}
	}
}
