package check

import (
	"sort"
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Symbol is an entry of a file's outline: a function, a subtest, a machine or a variable.
type Symbol struct {
	Name      string
	Kind      SymbolKind
	Range     dialect.Range
	NameRange dialect.Range
	Children  []Symbol
}

// SymbolKind says what a Symbol is.
type SymbolKind int

// The kinds of symbols.
const (
	OutlineFunction SymbolKind = iota
	OutlineSubtest
	OutlineMachine
	OutlineVariable
)

// Outline returns the functions, subtests, machines and global variables of the file.
func (r *Result) Outline() []Symbol { return r.outline(r.File.Stmts, true) }

func (r *Result) outline(stmts []dialect.Stmt, top bool) []Symbol {
	var out []Symbol
	seen := map[string]bool{}
	for _, s := range stmts {
		switch s := s.(type) {
		case *dialect.DefStmt:
			if s.Name.Name != "" {
				out = append(out, Symbol{s.Name.Name, OutlineFunction, s.Range, s.Name.Range, r.outline(s.Body, false)})
			}
		case *dialect.ForStmt:
			if call, ok := s.X.(*dialect.CallExpr); ok {
				if name, at, ok := r.subtestName(call); ok {
					out = append(out, Symbol{name, OutlineSubtest, s.Range, at, r.outline(s.Body, false)})
					continue
				}
			}
			out = append(out, r.outline(s.Body, false)...)
		case *dialect.IfStmt:
			out = append(out, r.outline(s.Then, false)...)
			out = append(out, r.outline(s.Else, false)...)
		case *dialect.ExprStmt:
			if call, ok := s.X.(*dialect.CallExpr); ok {
				if name, at, ok := r.subtestName(call); ok {
					out = append(out, Symbol{name, OutlineSubtest, s.Range, at, nil})
				}
			}
		case *dialect.DeclStmt:
			if top && s.Name.Name != "" {
				seen[s.Name.Name] = true
				out = append(out, Symbol{s.Name.Name, OutlineMachine, s.Range, s.Name.Range, nil})
			}
		case *dialect.AssignStmt:
			if id, ok := s.LHS.(*dialect.Ident); ok && top && s.Op == syntax.EQ && !seen[id.Name] && id.Name != "" {
				seen[id.Name] = true
				kind := OutlineVariable
				if t := r.c.types[id]; t != nil && isMachine(t) {
					kind = OutlineMachine
				}
				out = append(out, Symbol{id.Name, kind, s.Range, id.Range, nil})
			}
		}
	}
	return out
}

func (r *Result) subtestName(call *dialect.CallExpr) (string, dialect.Range, bool) {
	if id, ok := call.Fn.(*dialect.Ident); !ok || id.Name != "subtest" || len(call.Args) == 0 {
		return "", dialect.Range{}, false
	}
	name, ok := r.c.constString(call.Args[0].Value)
	if !ok || name == "" {
		name = r.c.text(call.Args[0].Value)
	}
	return name, call.Args[0].Value.Span(), name != ""
}

// Inlay is a hint that an editor shows after a name: its inferred type.
type Inlay struct {
	Offset int
	Text   string
}

// Inlays returns the inferred types of variables at their first assignment, and of functions' parameters and results.
func (r *Result) Inlays(within dialect.Range) []Inlay {
	var out []Inlay
	add := func(at int, text string, t *typ) {
		if t == nil || t.k == kAny || t.k == kNever || t.k == kFunc || at < within.Start || at > within.End {
			return
		}
		if s := typeName(t); len(s) <= 40 && !strings.Contains(s, "Any") {
			out = append(out, Inlay{at, text + s})
		}
	}
	for id, sym := range r.c.uses {
		if len(sym.defs) > 0 && sym.defs[0] == id.Range && sym.declared == nil && (sym.kind == symVariable || sym.kind == symLoop) && !strings.HasPrefix(sym.name, "_") {
			add(id.End, ": ", r.c.types[id])
		}
	}
	for _, fn := range r.c.order {
		if fn.def == nil {
			continue
		}
		for _, p := range fn.decls {
			if p.Name != nil && p.Type == nil && p.Star == 0 {
				add(p.Name.End, ": ", r.c.types[p.Name])
			}
		}
		if fn.def.Result == nil && fn.result != nil && fn.def.Header.End > fn.def.Header.Start {
			add(fn.def.Header.End-1, " -> ", fn.result)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Offset < out[j].Offset })
	return out
}

// TokenTypes are the kinds of semantic tokens, in the order of their numbers.
var TokenTypes = []string{"variable", "parameter", "function", "method", "property", "namespace", "type", "class"}

// Token is a name with the number of its kind in TokenTypes.
type Token struct {
	Range dialect.Range
	Type  int
}

// Tokens returns the names of the file with their meaning.
func (r *Result) Tokens() []Token {
	var out []Token
	seen := map[int]bool{}
	add := func(rng dialect.Range, t int) {
		if rng.End > rng.Start && !seen[rng.Start] {
			seen[rng.Start] = true
			out = append(out, Token{rng, t})
		}
	}
	for e, t := range r.c.types {
		switch e := e.(type) {
		case *dialect.DotExpr:
			if t.k == kFunc {
				add(e.Name.Range, 3)
			} else {
				add(e.Name.Range, 4)
			}
		case *dialect.Ident:
			sym := r.c.uses[e]
			switch {
			case sym != nil && sym.kind == symParameter:
				add(e.Range, 1)
			case t.k == kFunc:
				add(e.Range, 2)
			case t.k == kModule:
				add(e.Range, 5)
			case isMachine(t):
				add(e.Range, 7)
			case sym != nil:
				add(e.Range, 0)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Range.Start < out[j].Range.Start })
	return out
}
