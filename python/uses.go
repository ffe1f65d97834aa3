package python

import (
	"sort"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

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
		r.scopeOf[st] = inner
		r.declare(inner, st.Body)
		r.stmts(inner, inner.frame, st.Body)
	case *syntax.ClassDef:
		for _, d := range st.Decorators {
			r.expr(s, f, d)
		}
		for _, b := range st.Bases {
			r.expr(s, f, b.Value)
		}
		v := r.write(s, f, st.Name, st.Start)
		v.class = st
		r.defs[st] = v
		inner := &scope{parent: s, frame: f, vars: map[string]*variable{}, class: true}
		r.declare(inner, st.Body)
		r.stmts(inner, f, st.Body)
		for _, v := range inner.vars {
			r.classVars[st] = append(r.classVars[st], v)
		}
		sort.Slice(r.classVars[st], func(i, j int) bool { return firstUse(r.classVars[st][i]) < firstUse(r.classVars[st][j]) })
	case *syntax.Try:
		outer := f
		if st.Finally != nil && len(st.Handlers) > 0 {
			f = &frame{parent: f, node: st}
			r.guards[st] = f
		}
		inner := &frame{parent: f, node: st}
		r.frames[st] = inner
		r.stmts(s, inner, st.Body)
		for i := range st.Handlers {
			h := &st.Handlers[i]
			if h.Type != nil {
				r.expr(s, f, h.Type)
			}
			if h.Name != "" {
				r.handlers[h] = r.write(s, f, h.Name, h.Start)
			}
			r.stmts(s, f, h.Body)
		}
		r.stmts(s, f, st.Else)
		r.stmts(s, outer, st.Finally)
	case *syntax.With:
		f0 := f
		for _, it := range st.Items {
			r.expr(s, f0, it.X)
			if r.closureWith(s, it.X) {
				f0 = &frame{parent: f0, node: st}
				r.frames[it.X] = f0
			}
			if it.Target != nil {
				tf := f0
				if r.frames[it.X] != nil {
					tf = f0.parent
				}
				r.target(s, tf, it.Target)
			}
		}
		r.stmts(s, f0, st.Body)
	case *syntax.Import:
		r.imports[st] = map[string]*variable{}
		for _, a := range st.Names {
			n := importName(a)
			v := r.write(s, f, n, st.Start)
			r.imports[st][n] = v
			if a.As != "" || n == a.Name {
				v.module = a.Name
			} else if v.module == "" {
				v.module = n
			}
		}
	case *syntax.ImportFrom:
		r.imports[st] = map[string]*variable{}
		for _, a := range st.Names {
			n := importName(a)
			v := r.write(s, f, n, st.Start)
			v.module = st.Module + "." + a.Name
			r.imports[st][n] = v
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
	case *syntax.Match:
		r.expr(s, f, st.Subject)
		for _, c := range st.Cases {
			bound := map[*syntax.Name]bool{}
			for _, n := range captures(c.Pattern) {
				bound[n] = true
				r.names[n] = r.write(s, f, n.ID, n.Start)
			}
			syntax.Walk(c.Pattern, func(n syntax.Node) bool {
				if n, ok := n.(*syntax.Name); ok && !bound[n] && !constantName(n.ID) && n.ID != "_" {
					r.expr(s, f, n)
				}
				return true
			})
			if c.Guard != nil {
				r.expr(s, f, c.Guard)
			}
			r.stmts(s, f, c.Body)
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
			for outer.parent != nil && outer.frame == outer.parent.frame && !outer.parent.class && outer != r.module && outer.vars["\x00comp"] != nil {
				outer = outer.parent
			}
			v := r.write(outer, f, n.Name.ID, n.Start)
			r.names[n.Name] = v
			if !r.hoisted[n] {
				v.cell = true
			}
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
			inner := &scope{parent: s, frame: f, vars: map[string]*variable{}}
			inner.vars["\x00comp"] = &variable{}
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

// closureWith tells whether the body of a with must become a function: what isClosureWith says, and context managers
// of the script itself, which may swallow errors.
func (r *resolver) closureWith(s *scope, x syntax.Expr) bool {
	if isClosureWith(x) {
		return true
	}
	if c, ok := x.(*syntax.Call); ok {
		x = c.Fn
	}
	if a, ok := x.(*syntax.Attr); ok && a.Name == "ExitStack" {
		return true
	}
	n, ok := x.(*syntax.Name)
	if !ok {
		return false
	}
	v := r.lookup(s, n.ID)
	if v.module == "contextlib.ExitStack" {
		return true
	}
	return !v.free && v.module == "" && r.managers[n.ID]
}

// managersOf finds the names of the classes with __exit__ and of the generator functions of a file, and of what
// is made by calling them.
func managersOf(file *syntax.File) map[string]bool {
	out := map[string]bool{}
	for _, st := range file.Body {
		syntax.Walk(st, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.ClassDef:
				for _, m := range n.Body {
					if f, ok := m.(*syntax.FuncDef); ok && f.Name == "__exit__" {
						out[n.Name] = true
					}
				}
				for _, b := range n.Bases {
					if b, ok := b.Value.(*syntax.Name); ok && out[b.ID] {
						out[n.Name] = true
					}
				}
			case *syntax.FuncDef:
				if len(n.Decorators) > 0 && isGeneratorFunc(n) {
					out[n.Name] = true
				}
			case *syntax.Assign:
				if c, ok := n.Value.(*syntax.Call); ok {
					if f, ok := c.Fn.(*syntax.Name); ok && out[f.ID] {
						for _, t := range n.Targets {
							if t, ok := t.(*syntax.Name); ok {
								out[t.ID] = true
							}
						}
					}
				}
			}
			return true
		})
	}
	return out
}

// isClosureWith tells whether a context manager decides about the errors of its body, so that the body must
// become a function.
func isClosureWith(x syntax.Expr) bool {
	c, ok := x.(*syntax.Call)
	if !ok {
		return false
	}
	switch fn := c.Fn.(type) {
	case *syntax.Attr:
		return fn.Name == "assertRaises" || fn.Name == "assertRaisesRegex" || fn.Name == "suppress" ||
			fn.Name == "raises"
	case *syntax.Name:
		return fn.ID == "suppress"
	}
	return false
}
