package api

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/bazelbuild/buildtools/build"
)

//go:embed decl
var declFiles embed.FS

// Source returns the text of a declaration file, for example "classes/Machine.star".
func Source(file string) ([]byte, error) { return declFiles.ReadFile("decl/" + file) }

// parseAll reads decl/globals.star and decl/types.star, a class from each file of decl/classes and a
// module from each file of decl/modules.
func parseAll() (*API, error) {
	a := &API{}
	for _, name := range []string{"types.star", "globals.star"} {
		m, err := parseFile(name, "")
		if err != nil {
			return nil, err
		}
		a.Aliases = append(a.Aliases, m.aliases...)
		a.Functions = append(a.Functions, m.functions...)
		a.Variables = append(a.Variables, m.variables...)
	}
	var err error
	if a.Classes, err = parseClasses("classes"); err != nil {
		return nil, err
	}
	if a.Modules, err = parseModules("modules"); err != nil {
		return nil, err
	}
	m, err := parseFile("starlark/builtins.star", "")
	if err != nil {
		return nil, err
	}
	a.Starlark.Functions = m.functions
	if a.Starlark.Classes, err = parseClasses("starlark/types"); err != nil {
		return nil, err
	}
	a.Starlark.Modules, err = parseModules("starlark/modules")
	return a, err
}

func parseClasses(dir string) (list []*Class, err error) {
	err = eachFile(dir, func(name string, m *members) {
		list = append(list, &Class{Name: name, Doc: m.doc, Attributes: m.variables, Methods: m.functions, Pos: m.pos})
	})
	return list, err
}

func parseModules(dir string) (list []*Module, err error) {
	err = eachFile(dir, func(name string, m *members) {
		mod := &Module{Name: name, Doc: m.doc, Variables: m.variables, Pos: m.pos}
		for _, f := range m.functions {
			if f.Name == "__call__" {
				f.Name, f.Owner = name, ""
				mod.Call = f
				continue
			}
			mod.Functions = append(mod.Functions, f)
		}
		list = append(list, mod)
	})
	return list, err
}

func eachFile(dir string, add func(name string, m *members)) error {
	entries, err := declFiles.ReadDir("decl/" + dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".star")
		m, err := parseFile(path.Join(dir, e.Name()), name)
		if err != nil {
			return err
		}
		add(name, m)
	}
	return nil
}

type members struct {
	doc       string
	functions []*Function
	variables []*Variable
	aliases   []*Alias
	pos       Position
}

func parseFile(file, owner string) (*members, error) {
	src, err := Source(file)
	if err != nil {
		return nil, err
	}
	f, err := build.ParseDefault(file, src)
	if err != nil {
		return nil, err
	}
	m := &members{pos: Position{File: file, Line: 1, Column: 1}}
	var doc *string // where a string statement belongs: the thing declared before it
	for _, s := range f.Stmt {
		start, _ := s.Span()
		pos := Position{File: file, Line: start.Line, Column: start.LineRune}
		switch s := s.(type) {
		case *build.StringExpr:
			if doc == nil {
				doc = &m.doc
			}
			*doc = dedent(s.Value)
		case *build.TypedIdent:
			t, err := TypeFromExpr(s.Type)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, pos.Line, err)
			}
			v := &Variable{Name: s.GetIdent().Name, Owner: owner, Type: t, Pos: pos}
			m.variables = append(m.variables, v)
			doc = &v.Doc
		case *build.TypeAliasStmt:
			t, err := TypeFromExpr(s.Type)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, pos.Line, err)
			}
			al := &Alias{Name: build.FormatString(s.Name), Type: t, Pos: pos}
			m.aliases = append(m.aliases, al)
			doc = &al.Doc
		case *build.DefStmt:
			fn, err := function(s, owner, pos)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, pos.Line, err)
			}
			if old := find(m.functions, fn.Name); old != nil {
				old.Overloads = append(old.Overloads, fn)
			} else {
				m.functions = append(m.functions, fn)
			}
		case *build.CommentBlock:
		default:
			return nil, fmt.Errorf("%s:%d: a declaration file holds functions, declarations and doc strings only", file, pos.Line)
		}
	}
	return m, nil
}

func function(d *build.DefStmt, owner string, pos Position) (*Function, error) {
	fn := &Function{Name: d.Name, Owner: owner, Pos: pos}
	var err error
	if fn.Result, err = TypeFromExpr(d.Type); err != nil {
		return nil, err
	}
	if fn.Params, err = Params(d.Params); err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	if len(d.Body) > 0 {
		if s, ok := d.Body[0].(*build.StringExpr); ok {
			fn.Doc = dedent(s.Value)
		}
	}
	fn.Extension = strings.Contains(fn.Doc, "More than the Python driver.")
	fn.QEMUOnly = strings.Contains(fn.Doc, "QEMU machines only.")
	return fn, nil
}

// Params makes the parameter list of a parsed function definition.
func Params(list []build.Expr) ([]Param, error) {
	var out []Param
	keywordOnly := false
	for _, e := range list {
		p := Param{}
		if keywordOnly {
			p.Kind = KeywordOnly
		}
		if a, ok := e.(*build.AssignExpr); ok {
			p.Default = build.FormatString(a.RHS)
			e = a.LHS
		}
		if u, ok := e.(*build.UnaryExpr); ok {
			switch {
			case u.Op == "**":
				p.Kind = KwArgs
			case u.X == nil:
				keywordOnly = true
				continue
			default:
				p.Kind, keywordOnly = VarArgs, true
			}
			e = u.X
		}
		if t, ok := e.(*build.TypedIdent); ok {
			typ, err := TypeFromExpr(t.Type)
			if err != nil {
				return nil, err
			}
			p.Type = typ
			e = t.Ident
		}
		id, ok := e.(*build.Ident)
		if !ok {
			return nil, fmt.Errorf("%s is not a parameter", build.FormatString(e))
		}
		p.Name = id.Name
		out = append(out, p)
	}
	return out, nil
}

// dedent removes the common indentation of all lines but the first, and blank lines at both ends.
func dedent(s string) string {
	lines := strings.Split(strings.TrimRight(s, " \n\t"), "\n")
	indent := -1
	for _, l := range lines[1:] {
		if t := strings.TrimLeft(l, " "); t != "" && (indent < 0 || len(l)-len(t) < indent) {
			indent = len(l) - len(t)
		}
	}
	for i, l := range lines[1:] {
		if indent > 0 && len(l) >= indent {
			l = l[indent:]
		}
		lines[i+1] = strings.TrimRight(l, " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
