package check

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// path returns the nodes around an offset, outermost first.
func (r *Result) path(offset int) []dialect.Node {
	var out []dialect.Node
	var add func(n dialect.Node)
	add = func(n dialect.Node) {
		if !n.Span().Contains(offset) {
			return
		}
		out = append(out, n)
		for _, x := range below(n) {
			add(x)
		}
		if l, ok := n.(*dialect.LoadStmt); ok {
			for _, name := range l.Names {
				if name.To.Contains(offset) || name.From.Contains(offset) {
					out = append(out, name.To)
				}
			}
		}
	}
	for _, s := range r.File.Stmts {
		add(s)
	}
	return out
}

// innermost returns the last node of one type on the path.
func innermost[T dialect.Node](path []dialect.Node) (T, bool) {
	for i := len(path) - 1; i >= 0; i-- {
		if n, ok := path[i].(T); ok {
			return n, true
		}
	}
	var none T
	return none, false
}

func (r *Result) symbolAt(offset int) (*symbol, dialect.Range) {
	path := r.path(offset)
	if len(path) == 0 {
		return nil, dialect.Range{}
	}
	id, ok := path[len(path)-1].(*dialect.Ident)
	if !ok {
		return nil, dialect.Range{}
	}
	return r.c.uses[id], id.Range
}

func (r *Result) location(rng dialect.Range) Location {
	return Location{File: r.File.Name, Range: rng, Start: r.File.Position(rng.Start), End: r.File.Position(rng.End)}
}

// Definition returns where the name at the offset is defined, in this file or in one that it loads.
func (r *Result) Definition(offset int) []Location {
	sym, _ := r.symbolAt(offset)
	if sym == nil || len(sym.defs) == 0 {
		return nil
	}
	if sym.loaded != nil && sym.loaded.def.File != "" {
		return []Location{sym.loaded.def}
	}
	return []Location{r.location(sym.defs[0])}
}

// Hover returns a description of the thing at the offset, as Markdown, and its range; empty when nothing is known.
func (r *Result) Hover(offset int) (string, dialect.Range) {
	path := r.path(offset)
	if len(path) == 0 {
		return "", dialect.Range{}
	}
	switch n := path[len(path)-1].(type) {
	case *dialect.DotExpr:
		if t := r.c.types[n.X]; t != nil {
			if m := r.c.member(t, n.Name.Name); m != nil {
				return m.markdown(), n.Name.Range
			}
		}
	case *dialect.Arg:
		if call, ok := innermost[*dialect.CallExpr](path); ok && n.Name != nil {
			if ft := r.c.types[call.Fn]; ft != nil && ft.k == kFunc {
				if p := ft.fn.param(n.Name.Name); p != nil {
					return code(p.name + ": " + p.typeName()), n.Name.Range
				}
			}
		}
	case *dialect.Ident:
		sym := r.c.uses[n]
		if sym == nil {
			if m := r.c.u.globals[n.Name]; m != nil {
				return m.markdown(), n.Range
			}
			if t := r.c.machines[n.Name]; t != nil {
				return code(n.Name+": "+t.String()) + "\n\n" + r.c.u.classes["Machine"].doc, n.Range
			}
			if al := r.c.u.api.Alias(n.Name); al != nil {
				return code("type "+al.Name+" = "+al.Type.String()) + "\n\n" + al.Doc, n.Range
			}
			if cl := r.c.u.classes[n.Name]; cl != nil {
				return code("class "+cl.name) + "\n\n" + cl.doc, n.Range
			}
			return "", n.Range
		}
		return r.symbolHover(sym, r.c.types[n]), n.Range
	}
	return "", dialect.Range{}
}

func (r *Result) symbolHover(sym *symbol, t *typ) string {
	if t == nil {
		t = sym.all
	}
	if sym.declared != nil {
		t = sym.declared
	}
	if sym.loaded != nil {
		t = sym.loaded.typ
	}
	if t == nil {
		t = tAny
	}
	if t.k == kFunc {
		doc := ""
		if sym.loaded != nil {
			doc = sym.loaded.doc
		} else if sym.fn != nil && sym.fn.def != nil {
			doc = docString(sym.fn.def.Body)
		}
		s := code("def " + signature(r.c.inferredParams(t.fn)))
		if doc = strings.TrimSpace(doc); doc != "" {
			s += "\n\n" + doc
		}
		return s
	}
	return code(sym.name + ": " + typeName(t))
}

// inferredParams returns a function of the file with the inferred types of its parameters.
func (c *checker) inferredParams(f *fnType) *fnType {
	if f.local == nil {
		return f
	}
	g := *f
	g.params = append([]param{}, f.params...)
	for i := range g.params {
		for _, d := range f.local.decls {
			if d.Name != nil && d.Name.Name == g.params[i].name && d.Type == nil && d.Star == 0 && c.types[d.Name] != nil {
				g.params[i].typ = c.types[d.Name]
			}
		}
	}
	return &g
}

func code(s string) string { return "```python\n" + s + "\n```" }

func (m *member) markdown() string {
	var lines []string
	switch {
	case m.fn != nil:
		for _, s := range m.fn.Signatures() {
			lines = append(lines, "def "+s)
		}
	case m.typ.k == kModule:
		lines = []string{"module " + m.name}
	default:
		lines = []string{m.name + ": " + typeName(m.typ)}
	}
	s := code(strings.Join(lines, "\n"))
	if m.doc != "" {
		s += "\n\n" + m.doc
	}
	return s
}

// member returns an attribute or a method with its documentation, nil when there is none.
func (c *checker) member(t *typ, name string) *member {
	for _, m := range t.members() {
		if m.k == kModule {
			return m.mod.members()[name]
		}
		if cl := c.u.classOfType(m); cl != nil && cl.members()[name] != nil {
			return cl.members()[name]
		}
	}
	return nil
}

// Source returns the text of a file that was also checked; nil when it was not.
func (r *Result) Source(file string) []byte {
	if c := r.loader.files[file]; c != nil {
		return c.file.Source
	}
	return nil
}
