package python

import (
	"cmp"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// variable is a Python variable. All uses of a name for the same variable share one.
type variable struct {
	name   string
	out    string      // its name in Starlark
	owner  syntax.Node // the def or lambda whose variable it is, nil for the file
	typ    *typ
	reads  []use
	writes []use
	param  bool
	free   bool // never assigned: a name of the environment or a builtin
	fn     *syntax.FuncDef
	module string
}

type use struct {
	pos int
	in  syntax.Node // the def or lambda, nil for the file
}

// scope is a scope of Python. A name that a function declares global or nonlocal is a variable of an outer scope.
type scope struct {
	parent *scope
	node   syntax.Node // the def or lambda, nil for the file
	vars   map[string]*variable
	comp   bool // of a comprehension
}

// resolver finds the variable of every name.
type resolver struct {
	file     *syntax.File
	names    map[*syntax.Name]*variable
	defs     map[syntax.Node]*variable   // FuncDef, ClassDef
	params   map[syntax.Node][]*variable // FuncDef, Lambda; nil for *
	imported map[syntax.Node][]*variable // Import
	all      []*variable
	module   *scope
	idents   map[string]bool
	funcs    []*syntax.FuncDef
	reads    []lateRead
}

// lateRead is a use of a name whose variable is still unknown.
type lateRead struct {
	scope *scope
	name  *syntax.Name
}

func resolve(file *syntax.File) *resolver {
	r := &resolver{
		file: file, names: map[*syntax.Name]*variable{}, defs: map[syntax.Node]*variable{},
		params: map[syntax.Node][]*variable{}, imported: map[syntax.Node][]*variable{},
		idents: map[string]bool{},
		module: &scope{vars: map[string]*variable{}},
	}
	r.visit(r.module, file)
	for _, late := range r.reads { // now that all variables are known
		v := r.lookup(late.scope, late.name.ID)
		v.reads = append(v.reads, use{late.name.Start, late.scope.node})
		if !late.name.Store {
			r.names[late.name] = v
		}
	}
	for _, v := range r.all {
		v.free = len(v.writes) == 0
		if len(v.writes) != 1 {
			v.fn = nil
		}
	}
	return r
}

func (r *resolver) variable(s *scope, name string) *variable {
	v := s.vars[name]
	if v == nil {
		v = &variable{name: name, out: name, owner: s.node}
		s.vars[name] = v
		r.all = append(r.all, v)
		r.idents[name] = true
	}
	return v
}

// lookup finds the variable of a name in s.
func (r *resolver) lookup(s *scope, name string) *variable {
	for ; s != nil; s = s.parent {
		if v := s.vars[name]; v != nil {
			return v
		}
	}
	return r.variable(r.module, name)
}

func (r *resolver) write(s *scope, name string, pos int) *variable {
	v := r.variable(s, name)
	v.writes = append(v.writes, use{pos, s.node})
	return v
}

func (r *resolver) read(s *scope, n *syntax.Name) { r.reads = append(r.reads, lateRead{s, n}) }

// visit records every use of every name, with the function that it is in.
func (r *resolver) visit(s *scope, n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDef:
			for _, d := range n.Decorators {
				r.visit(s, d)
			}
			inner := r.function(s, n, n.Params)
			r.defs[n] = r.write(s, n.Name, n.Start)
			if len(n.Decorators) == 0 {
				r.defs[n].fn = n
			}
			r.funcs = append(r.funcs, n)
			for _, st := range n.Body {
				r.visit(inner, st)
			}
			return false
		case *syntax.Lambda:
			r.visit(r.function(s, n, n.Params), n.Body)
			return false
		case *syntax.Comp:
			r.comp(s, n)
			return false
		case *syntax.Scope:
			for _, name := range n.Names {
				if n.Word == "global" {
					s.vars[name] = r.variable(r.module, name)
				} else if s.parent != nil {
					s.vars[name] = r.lookup(s.parent, name)
				}
			}
		case *syntax.ClassDef:
			r.defs[n] = r.write(s, n.Name, n.Start)
		case *syntax.Import:
			for _, a := range n.Names {
				name, module := a.As, a.Name
				switch {
				case n.Module != "":
					name, module = cmp.Or(a.As, a.Name), n.Module+"."+a.Name
				case a.As == "": // import a.b is a
					name, _, _ = strings.Cut(a.Name, ".")
					module = name
				}
				v := r.write(s, name, n.Start)
				v.module = module
				r.imported[n] = append(r.imported[n], v)
			}
		case *syntax.AugAssign:
			if x, ok := unparen(n.Target).(*syntax.Name); ok {
				r.read(s, x)
			}
		case *syntax.AnnAssign:
			return n.Value != nil
		case *syntax.Named:
			r.visit(s, n.X)
			outer := s
			for outer.comp {
				outer = outer.parent
			}
			r.names[n.Name] = r.write(outer, n.Name.ID, n.Start)
			return false
		case *syntax.Name:
			switch {
			case constantName(n.ID):
			case n.Store:
				r.names[n] = r.write(s, n.ID, n.Start)
			default:
				r.read(s, n)
			}
		}
		return true
	})
}

func (r *resolver) comp(s *scope, n *syntax.Comp) {
	inner := &scope{parent: s, node: s.node, vars: map[string]*variable{}, comp: true}
	from := s // the first iterable is evaluated outside
	for _, c := range n.Clauses {
		r.visit(from, c.Iter)
		from = inner
		r.visit(inner, c.Target)
		for _, cond := range c.Ifs {
			r.visit(inner, cond)
		}
	}
	if n.Key != nil {
		r.visit(inner, n.Key)
	}
	r.visit(inner, n.Elt)
}

// function opens the scope of a def or lambda; the defaults belong to the outer scope.
func (r *resolver) function(s *scope, node syntax.Node, params []syntax.Param) *scope {
	inner := &scope{parent: s, node: node, vars: map[string]*variable{}}
	for _, p := range params {
		if p.Default != nil {
			r.visit(s, p.Default)
		}
		var v *variable
		if p.Name != "" {
			v = r.variable(inner, p.Name)
			v.param = true
			v.writes = append(v.writes, use{p.Start, node})
		}
		r.params[node] = append(r.params[node], v)
	}
	return inner
}

func constantName(s string) bool { return s == "True" || s == "False" || s == "None" || s == "..." }
