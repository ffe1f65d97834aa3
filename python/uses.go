package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

// stmts records every use of every name, with the function of the Starlark program that it is in.
func (r *resolver) stmts(s *scope, f *frame, body []syntax.Stmt) {
	for _, st := range body {
		r.stmt(s, f, st)
	}
}

func (r *resolver) write(s *scope, f *frame, name string, pos int) *variable {
	v := r.lookup(s, name)
	v.free = false
	v.writes = append(v.writes, use{pos, f})
	return v
}

func (r *resolver) stmt(s *scope, f *frame, st syntax.Stmt) {
	switch st := st.(type) {
	case *syntax.FuncDef:
		for _, d := range st.Decorators {
			r.expr(s, f, d)
		}
		inner := r.function(s, f, st, st.Params)
		v := r.write(s, f, st.Name, st.Start)
		r.defs[st] = v
		if v.fn == nil && len(v.writes) == 1 && len(st.Decorators) == 0 {
			v.fn = st
		} else {
			v.fn = nil
		}
		for _, p := range st.Params {
			if p.Name != "" {
				pv := inner.variable(r, p.Name)
				pv.param = true
				pv.writes = append(pv.writes, use{p.Start, inner.frame})
				r.params[st] = append(r.params[st], pv)
			}
		}
		r.funcs = append(r.funcs, st)
		r.declare(inner, st.Body)
		r.stmts(inner, inner.frame, st.Body)
	case *syntax.ClassDef:
		// What is in it stays in Python.
		r.defs[st] = r.write(s, f, st.Name, st.Start)
	case *syntax.Try:
		r.stmts(s, f, st.Body)
		for _, h := range st.Handlers {
			r.stmts(s, f, h.Body)
		}
		r.stmts(s, f, st.Else)
		r.stmts(s, f, st.Finally)
	case *syntax.With:
		for _, it := range st.Items {
			r.expr(s, f, it.X)
			if it.Target != nil {
				r.target(s, f, it.Target)
			}
		}
		r.stmts(s, f, st.Body)
	case *syntax.Import:
		r.imported[st] = map[string]*variable{}
		for _, a := range st.Names {
			n := importName(a)
			v := r.write(s, f, n, st.Start)
			r.imported[st][n] = v
			if a.As != "" || n == a.Name {
				v.module = a.Name
			} else if v.module == "" {
				v.module = n
			}
		}
	case *syntax.ImportFrom:
		r.imported[st] = map[string]*variable{}
		for _, a := range st.Names {
			n := importName(a)
			v := r.write(s, f, n, st.Start)
			v.module = st.Module + "." + a.Name
			r.imported[st][n] = v
		}
	case *syntax.For:
		r.expr(s, f, st.Iter)
		r.target(s, f, st.Target)
		r.stmts(s, f, st.Body)
		r.stmts(s, f, st.Else)
	case *syntax.While:
		r.hoist(st.Cond)
		r.expr(s, f, st.Cond)
		r.stmts(s, f, st.Body)
		r.stmts(s, f, st.Else)
	case *syntax.If:
		if !st.Elif {
			r.hoist(st.Cond)
		}
		r.expr(s, f, st.Cond)
		r.stmts(s, f, st.Body)
		r.stmts(s, f, st.Else)
	case *syntax.Assign:
		r.expr(s, f, st.Value)
		for _, t := range st.Targets {
			r.target(s, f, t)
		}
	case *syntax.AugAssign:
		r.expr(s, f, st.Target)
		r.expr(s, f, st.Value)
		r.target(s, f, st.Target)
	case *syntax.AnnAssign:
		if st.Value != nil {
			r.expr(s, f, st.Value)
			r.target(s, f, st.Target)
		}
	case *syntax.Assert:
		r.hoist(st.Cond)
		r.expr(s, f, st.Cond)
		if st.Msg != nil {
			r.expr(s, f, st.Msg)
		}
	default:
		syntax.Walk(st, func(n syntax.Node) bool {
			if x, ok := n.(syntax.Expr); ok {
				r.expr(s, f, x)
				return false
			}
			return true
		})
	}
}

// hoist marks an assignment expression that is evaluated first in its statement: it becomes a
// statement of its own.
func (r *resolver) hoist(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Named:
		r.hoisted[x] = true
	case *syntax.Paren:
		r.hoist(x.X)
	case *syntax.Compare:
		r.hoist(x.X)
	case *syntax.Unary:
		r.hoist(x.X)
	case *syntax.Binary:
		r.hoist(x.X)
	case *syntax.Call:
		if a, ok := x.Fn.(*syntax.Attr); ok {
			r.hoist(a.X)
		}
	case *syntax.Index:
		r.hoist(x.X)
	case *syntax.Attr:
		r.hoist(x.X)
	}
}

// function opens the scope of a def or lambda; the defaults belong outside.
func (r *resolver) function(s *scope, f *frame, node syntax.Node, params []syntax.Param) *scope {
	for _, p := range params {
		if p.Default != nil {
			r.expr(s, f, p.Default)
		}
	}
	inner := &frame{parent: f, node: node}
	r.frames[node] = inner
	return &scope{
		parent: s, frame: inner, vars: map[string]*variable{},
		global: map[string]bool{}, nonloc: map[string]bool{},
	}
}

func (r *resolver) target(s *scope, f *frame, t syntax.Expr) {
	switch t := t.(type) {
	case *syntax.Name:
		r.names[t] = r.write(s, f, t.ID, t.Start)
	case *syntax.Paren:
		r.target(s, f, t.X)
	case *syntax.Starred:
		r.target(s, f, t.X)
	case *syntax.Tuple:
		for _, e := range t.Elts {
			r.target(s, f, e)
		}
	case *syntax.List:
		for _, e := range t.Elts {
			r.target(s, f, e)
		}
	default:
		r.expr(s, f, t)
	}
}

func (r *resolver) expr(s *scope, f *frame, x syntax.Expr) {
	syntax.Walk(x, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Name:
			if constantName(n.ID) {
				return false
			}
			v := r.lookup(s, n.ID)
			if r.names[n] == nil {
				v.reads = append(v.reads, use{n.Start, f})
			}
			r.names[n] = v
		case *syntax.Named:
			r.expr(s, f, n.X)
			outer := s
			for outer.comp {
				outer = outer.parent
			}
			r.names[n.Name] = r.write(outer, f, n.Name.ID, n.Start)
			return false
		case *syntax.Lambda:
			inner := r.function(s, f, n, n.Params)
			for _, p := range n.Params {
				if p.Name != "" {
					v := inner.variable(r, p.Name)
					v.param = true
					v.writes = append(v.writes, use{p.Start, inner.frame})
					r.lambdas[n] = append(r.lambdas[n], v)
				}
			}
			r.expr(inner, inner.frame, n.Body)
			return false
		case *syntax.Comp:
			r.expr(s, f, n.Clauses[0].Iter)
			inner := &scope{parent: s, frame: f, vars: map[string]*variable{}, comp: true}
			for i, c := range n.Clauses {
				if i > 0 {
					r.expr(inner, f, c.Iter)
				}
				bindTarget(c.Target, func(name string) { inner.variable(r, name).declared = true })
				r.target(inner, f, c.Target)
				for _, cond := range c.Ifs {
					r.expr(inner, f, cond)
				}
			}
			if n.Key != nil {
				r.expr(inner, f, n.Key)
			}
			r.expr(inner, f, n.Elt)
			return false
		}
		return true
	})
}
