package check

import (
	"bytes"
	"fmt"
	"sort"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Name is something that has a name in a file, wherever it is used: the subject of references and renames.
type Name struct {
	Name     string
	File     string // the file that defines it
	Offset   int    // its offset there
	Global   bool   // other files can load it
	Function string // the global function whose parameter it is: calls in other files can name it
	machine  bool
	unread   string // the module that it is loaded from, which could not be read
}

// Shared reports whether other files can use the name.
func (n Name) Shared() bool { return n.Global || n.Function != "" }

// NameAt returns the name at an offset and its range there. It returns false if the offset has none, or one that no
// file defines.
func (r *Result) NameAt(offset int) (Name, dialect.Range, bool) {
	for _, s := range r.File.Stmts {
		if l, ok := s.(*dialect.LoadStmt); ok && l.Span().Contains(offset) {
			for _, n := range l.Names {
				if sym := r.c.uses[n.To]; sym != nil && n.From.Range.Contains(offset) {
					return r.loadedName(sym), n.From.Range, true
				}
			}
		}
	}
	sym, at := r.symbolAt(offset)
	switch {
	case sym == nil || len(sym.defs) == 0:
		return Name{}, at, false
	case sym.loaded != nil && sym.loaded.name == sym.name:
		return r.loadedName(sym), at, true
	}
	n := Name{Name: sym.name, File: r.File.Name, Offset: sym.defs[0].Start}
	n.machine = sym.decl != nil && sym.declared != nil && isMachine(sym.declared)
	n.Global = sym.owner == nil && sym.loaded == nil && r.c.global.syms[sym.name] == sym
	if f := sym.owner; f != nil && sym.kind == symParameter && f.def != nil && f.outer == nil {
		n.Function = f.name
	}
	return n, at, true
}

func (r *Result) loadedName(sym *symbol) Name {
	def := sym.loaded.def
	if def.File == "" {
		return Name{Name: sym.loaded.name, File: r.File.Name, Offset: sym.defs[0].Start, unread: sym.loaded.module}
	}
	return Name{Name: sym.loaded.name, File: def.File, Offset: def.Range.Start, Global: true}
}

// Renameable returns why a name can't be renamed to another one, considering only the name itself; to is empty when the
// new name is not known yet.
func (n Name) Renameable(to string) error {
	switch {
	case n.unread != "":
		return fmt.Errorf("`%s` is loaded from %s, where it was not found", n.Name, n.unread)
	case n.machine:
		return fmt.Errorf("`%s` is a machine's name, which the configuration gives", n.Name)
	case to != "" && !ValidName(to):
		return fmt.Errorf("%q is not a name", to)
	}
	return nil
}

// Uses returns the places of the name in this file, under its own name. With aliases, it includes those where a load
// statement has given it another name here; with definitions, those where it gets its value.
func (r *Result) Uses(n Name, definitions, aliases bool) []Location {
	if n.File == r.File.Name {
		if sym, _ := r.symbolAt(n.Offset); sym != nil {
			return r.places(sym, definitions)
		}
		return nil
	}
	places := r.newPlaces()
	for _, s := range r.File.Stmts {
		l, ok := s.(*dialect.LoadStmt)
		if !ok {
			continue
		}
		for _, loaded := range l.Names {
			sym := r.c.uses[loaded.To]
			if sym == nil || sym.loaded == nil || sym.loaded.def.File != n.File {
				continue
			}
			switch {
			case n.Global && sym.loaded.name == n.Name:
				places.add(loaded.From.Range)
				if loaded.From == loaded.To || aliases {
					places.add(sym.refs...)
				}
			case n.Function != "" && sym.loaded.name == n.Function:
				places.add(r.argumentsOf(n.Name, func(fn dialect.Expr) bool {
					id, ok := fn.(*dialect.Ident)
					return ok && r.c.uses[id] == sym
				})...)
			}
		}
	}
	return places.sorted()
}

// Conflict returns a place where something else has the new name of n, so that a rename would change the meaning of the
// file.
func (r *Result) Conflict(n Name, to string) (Location, bool) {
	within := dialect.Range{End: len(r.File.Source)}
	if n.File == r.File.Name {
		if sym, _ := r.symbolAt(n.Offset); sym != nil && sym.owner != nil {
			within = sym.owner.node.Span()
		}
	} else if sym := r.c.global.syms[n.Name]; !n.Global || sym == nil || sym.loaded == nil {
		return Location{}, false // only the load statement or arguments of calls use the name here
	}
	for at := within.Start; at < within.End; {
		i := bytes.Index(r.File.Source[at:within.End], []byte(to))
		if i < 0 {
			break
		}
		at += i
		if path := r.path(at); len(path) > 0 {
			if id, ok := path[len(path)-1].(*dialect.Ident); ok && id.Start == at && id.Name == to {
				return r.location(id.Range), true
			}
		}
		at += len(to)
	}
	return Location{}, false
}

// places collects ranges of a file, each once.
type places struct {
	r    *Result
	seen map[dialect.Range]bool
	list []Location
}

func (r *Result) newPlaces() *places { return &places{r: r, seen: map[dialect.Range]bool{}} }

func (p *places) add(list ...dialect.Range) {
	for _, x := range list {
		if !p.seen[x] {
			p.seen[x] = true
			p.list = append(p.list, p.r.location(x))
		}
	}
}

func (p *places) sorted() []Location {
	sort.Slice(p.list, func(i, j int) bool { return p.list[i].Range.Start < p.list[j].Range.Start })
	return p.list
}

func (r *Result) places(sym *symbol, definitions bool) []Location {
	p := r.newPlaces()
	if definitions {
		p.add(sym.defs...)
		for id, s := range r.c.uses { // targets that are assigned more than once
			if s == sym {
				p.add(id.Range)
			}
		}
	}
	p.add(sym.refs...)
	if sym.kind == symParameter && sym.owner != nil && sym.owner.def != nil {
		p.add(r.argumentsOf(sym.name, func(fn dialect.Expr) bool {
			t := r.c.types[fn]
			return t != nil && t.k == kFunc && t.fn.local == sym.owner
		})...)
	}
	return p.sorted()
}

// argumentsOf returns the named arguments for a parameter, in the calls of a function.
func (r *Result) argumentsOf(param string, called func(fn dialect.Expr) bool) []dialect.Range {
	var out []dialect.Range
	for e := range r.c.types {
		call, ok := e.(*dialect.CallExpr)
		if !ok || !called(call.Fn) {
			continue
		}
		for _, a := range call.Args {
			if a.Name != nil && a.Name.Name == param {
				out = append(out, a.Name.Range)
			}
		}
	}
	return out
}

// Loads reports whether the analysis has read a file because of a load statement in this file or in one that it loads.
func (r *Result) Loads(file string) bool { return file != r.File.Name && r.loader.files[file] != nil }

var validName = lazyre.Compile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ValidName reports whether a text is valid as a name.
func ValidName(s string) bool { return validName().MatchString(s) && !dialect.IsReserved(s) }
