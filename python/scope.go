package python

import (
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// variable is a Python variable. All uses of a name that mean the same variable share one.
type variable struct {
	name     string
	out      string // its name in Starlark
	owner    *frame // the Starlark function whose variable it is
	typ      *typ
	reads    []use
	writes   []use
	param    bool
	cell     bool // a function that is not its owner assigns it, as none can in Starlark
	free     bool // assigned nowhere: a name of the environment or a builtin
	fn       *syntax.FuncDef
	module   string
	declared bool
}

type use struct {
	pos   int
	frame *frame
}

// frame is a function: the file, a def or a lambda.
type frame struct {
	parent *frame
	node   syntax.Node
}

func (f *frame) within(g *frame) bool {
	for ; f != nil; f = f.parent {
		if f == g {
			return true
		}
	}
	return false
}

// scope is a scope of Python.
type scope struct {
	parent *scope
	frame  *frame
	vars   map[string]*variable
	comp   bool            // of a comprehension
	global map[string]bool // declared global
	nonloc map[string]bool
	module bool
}

// resolver finds which variable every name means.
type resolver struct {
	file     *syntax.File
	names    map[*syntax.Name]*variable
	defs     map[syntax.Node]*variable // FuncDef, ClassDef
	params   map[*syntax.FuncDef][]*variable
	lambdas  map[*syntax.Lambda][]*variable
	imported map[syntax.Node]map[string]*variable // by imports
	frames   map[syntax.Node]*frame               // FuncDef, Lambda
	all      []*variable
	module   *scope
	idents   map[string]bool
	hoisted  map[*syntax.Named]bool
	funcs    []*syntax.FuncDef
}

func resolve(file *syntax.File) *resolver {
	r := &resolver{
		file: file, names: map[*syntax.Name]*variable{}, defs: map[syntax.Node]*variable{},
		params:  map[*syntax.FuncDef][]*variable{},
		lambdas: map[*syntax.Lambda][]*variable{}, imported: map[syntax.Node]map[string]*variable{},
		frames: map[syntax.Node]*frame{}, idents: map[string]bool{}, hoisted: map[*syntax.Named]bool{},
	}
	top := &frame{}
	r.module = &scope{frame: top, vars: map[string]*variable{}, module: true}
	r.declare(r.module, file.Body)
	r.stmts(r.module, top, file.Body)
	for _, v := range r.all {
		v.place()
	}
	return r
}

// place decides which function owns the variable, and whether others assign it.
func (v *variable) place() {
	if v.free || len(v.writes) == 0 {
		return
	}
	first := v.writes[0].frame
	for _, w := range v.writes {
		if w.frame != first {
			v.cell = true
		}
	}
	if first == v.owner && !v.cell {
		return
	}
	if !v.cell && !v.param {
		inside := true
		for _, u := range v.reads {
			inside = inside && u.frame.within(first)
		}
		if inside {
			v.owner = first
			return
		}
	}
	v.cell = true
}

func (s *scope) variable(r *resolver, name string) *variable {
	v := s.vars[name]
	if v == nil {
		v = &variable{name: name, out: name, owner: s.frame, typ: nil}
		s.vars[name] = v
		r.all = append(r.all, v)
		r.idents[name] = true
	}
	return v
}

// lookup finds the variable that a name means in s.
func (r *resolver) lookup(s *scope, name string) *variable {
	if s.global[name] {
		return r.module.variable(r, name)
	}
	if !s.nonloc[name] {
		if v := s.vars[name]; v != nil {
			return v
		}
	}
	for p := s.parent; p != nil; p = p.parent {
		if p.global[name] {
			return r.module.variable(r, name)
		}
		if v := p.vars[name]; v != nil {
			return v
		}
	}
	v := r.module.variable(r, name)
	v.free = len(v.writes) == 0 && !v.declared
	return v
}

// declare finds the names that a body binds, without going into functions.
func (r *resolver) declare(s *scope, body []syntax.Stmt) {
	bind := func(name string) {
		if s.global[name] {
			r.module.variable(r, name).declared = true
			return
		}
		if s.nonloc[name] {
			return
		}
		s.variable(r, name).declared = true
	}
	scopes := func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDef, *syntax.ClassDef, *syntax.Lambda:
			return false
		case *syntax.Scope:
			for _, name := range n.Names {
				if n.Word == "global" && !s.module {
					s.global[name] = true
				} else if n.Word == "nonlocal" {
					s.nonloc[name] = true
				}
			}
		}
		return true
	}
	if s.global == nil {
		s.global, s.nonloc = map[string]bool{}, map[string]bool{}
	}
	for _, st := range body {
		syntax.Walk(st, scopes)
	}
	var binds func(n syntax.Node) bool
	binds = func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDef:
			bind(n.Name)
			return false
		case *syntax.ClassDef:
			bind(n.Name)
			return false
		case *syntax.Lambda:
			return false
		case *syntax.Comp:
			syntax.Walk(n.Clauses[0].Iter, binds)
			// Only := binds outside of the comprehension.
			syntax.Walk(n.Elt, func(m syntax.Node) bool { r.bindNamed(m, bind); return true })
			for _, c := range n.Clauses {
				for _, x := range c.Ifs {
					syntax.Walk(x, func(m syntax.Node) bool { r.bindNamed(m, bind); return true })
				}
			}
			return false
		case *syntax.Named:
			bind(n.Name.ID)
		case *syntax.Assign:
			for _, t := range n.Targets {
				bindTarget(t, bind)
			}
		case *syntax.AugAssign:
			bindTarget(n.Target, bind)
		case *syntax.AnnAssign:
			if n.Value != nil {
				bindTarget(n.Target, bind)
			}
		case *syntax.For:
			bindTarget(n.Target, bind)
		case *syntax.With:
			for _, it := range n.Items {
				if it.Target != nil {
					bindTarget(it.Target, bind)
				}
			}
		case *syntax.Try:
			for _, h := range n.Handlers {
				if h.Name != "" {
					bind(h.Name)
				}
			}
		case *syntax.Import:
			for _, a := range n.Names {
				bind(importName(a))
			}
		case *syntax.ImportFrom:
			for _, a := range n.Names {
				bind(importName(a))
			}
		}
		return true
	}
	for _, st := range body {
		syntax.Walk(st, binds)
	}
}

func (r *resolver) bindNamed(n syntax.Node, bind func(string)) {
	if n, ok := n.(*syntax.Named); ok {
		bind(n.Name.ID)
	}
}

func importName(a syntax.Alias) string {
	if a.As != "" {
		return a.As
	}
	for i := 0; i < len(a.Name); i++ {
		if a.Name[i] == '.' {
			return a.Name[:i]
		}
	}
	return a.Name
}

func bindTarget(t syntax.Expr, bind func(string)) {
	switch t := t.(type) {
	case *syntax.Name:
		bind(t.ID)
	case *syntax.Paren:
		bindTarget(t.X, bind)
	case *syntax.Starred:
		bindTarget(t.X, bind)
	case *syntax.Tuple:
		for _, e := range t.Elts {
			bindTarget(e, bind)
		}
	case *syntax.List:
		for _, e := range t.Elts {
			bindTarget(e, bind)
		}
	}
}

func constantName(s string) bool { return s == "True" || s == "False" || s == "None" || s == "..." }
