// Package declare makes the data of package api from the declaration files, so that the driver starts without parsing
// files that never change.
package declare

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bazelbuild/buildtools/build"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// Parse reads the directory of declarations: globals.star and types.star, a class from each file of classes, a module
// from each file of modules, and Starlark's own names from starlark.
func Parse(dir fs.FS) (*api.API, error) {
	p := parser{dir}
	a := &api.API{}
	for _, name := range []string{"types.star", "globals.star"} {
		m, err := p.file(name, "")
		if err != nil {
			return nil, err
		}
		a.Aliases = append(a.Aliases, m.aliases...)
		a.Functions = append(a.Functions, m.functions...)
		a.Variables = append(a.Variables, m.variables...)
	}
	var err error
	if a.Classes, err = p.classes("classes"); err != nil {
		return nil, err
	}
	if a.Modules, err = p.modules("modules"); err != nil {
		return nil, err
	}
	m, err := p.file("starlark/builtins.star", "")
	if err != nil {
		return nil, err
	}
	a.Starlark.Functions = m.functions
	if a.Starlark.Classes, err = p.classes("starlark/types"); err != nil {
		return nil, err
	}
	a.Starlark.Modules, err = p.modules("starlark/modules")
	return a, err
}

func (p parser) classes(dir string) (list []*api.Class, err error) {
	err = p.eachFile(dir, func(name string, m *members) {
		list = append(list, &api.Class{Name: name, Doc: m.doc, Attributes: m.variables, Methods: m.functions, Pos: m.pos})
	})
	return list, err
}

func (p parser) modules(dir string) (list []*api.Module, err error) {
	err = p.eachFile(dir, func(name string, m *members) {
		mod := &api.Module{Name: name, Doc: m.doc, Variables: m.variables, Pos: m.pos}
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

func (p parser) eachFile(dir string, add func(name string, m *members)) error {
	entries, err := fs.ReadDir(p.dir, dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".star")
		m, err := p.file(path.Join(dir, e.Name()), name)
		if err != nil {
			return err
		}
		add(name, m)
	}
	return nil
}

type parser struct{ dir fs.FS }

type members struct {
	doc       string
	functions []*api.Function
	variables []*api.Variable
	aliases   []*api.Alias
	pos       api.Position
}

func (p parser) file(file, owner string) (*members, error) {
	src, err := fs.ReadFile(p.dir, file)
	if err != nil {
		return nil, err
	}
	f, err := build.ParseDefault(file, src)
	if err != nil {
		return nil, err
	}
	m := &members{pos: api.Position{File: file, Line: 1, Column: 1}}
	var doc *string // the documentation that a string statement sets: that of the thing declared before it
	for _, s := range f.Stmt {
		start, _ := s.Span()
		pos := api.Position{File: file, Line: start.Line, Column: start.LineRune}
		if _, def := s.(*build.DefStmt); !def && len(annotations(s)) > 0 {
			return nil, fmt.Errorf("%s:%d: %s belongs to no function: it must stand right before one", file, pos.Line, annotations(s)[0])
		}
		switch s := s.(type) {
		case *build.StringExpr:
			if doc == nil {
				doc = &m.doc
			}
			*doc = dedent(s.Value)
		case *build.TypedIdent:
			t, err := typeOf(s.Type)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, pos.Line, err)
			}
			v := &api.Variable{Name: s.GetIdent().Name, Owner: owner, Type: t, Pos: pos}
			m.variables = append(m.variables, v)
			doc = &v.Doc
		case *build.TypeAliasStmt:
			t, err := typeOf(s.Type)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, pos.Line, err)
			}
			al := &api.Alias{Name: build.FormatString(s.Name), Type: t, Pos: pos}
			m.aliases = append(m.aliases, al)
			doc = &al.Doc
		case *build.DefStmt:
			fn, err := function(s, owner, pos)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, pos.Line, err)
			}
			same := func(f *api.Function) bool { return f.Name == fn.Name }
			if i := slices.IndexFunc(m.functions, same); i >= 0 {
				m.functions[i].Overloads = append(m.functions[i].Overloads, fn)
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

func function(d *build.DefStmt, owner string, pos api.Position) (*api.Function, error) {
	fn := &api.Function{Name: d.Name, Owner: owner, Pos: pos}
	var err error
	if fn.Result, err = typeOf(d.Type); err != nil {
		return nil, err
	}
	if fn.Params, err = params(d.Params); err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	if len(d.Body) > 0 {
		if s, ok := d.Body[0].(*build.StringExpr); ok {
			fn.Doc = dedent(s.Value)
		}
	}
	for _, name := range annotations(d) {
		switch name {
		case "@extension":
			fn.Extension = true
			fn.Doc += " More than the Python driver."
		case "@qemu_only":
			fn.QEMUOnly = true
			fn.Doc += " QEMU machines only."
		default:
			return nil, fmt.Errorf("%s: there is no annotation %s, only @extension and @qemu_only", d.Name, name)
		}
	}
	return fn, nil
}

// annotations returns the words that begin with @ in the comments at a statement, as in "# @extension @qemu_only".
func annotations(s build.Expr) []string {
	var names []string
	at := s.Comment()
	for _, c := range slices.Concat(at.Before, at.Suffix, at.After) {
		for _, word := range strings.Fields(c.Token) {
			if strings.HasPrefix(word, "@") {
				names = append(names, word)
			}
		}
	}
	return names
}

// params returns the parameter list of a parsed function definition.
func params(list []build.Expr) ([]api.Param, error) {
	var out []api.Param
	keywordOnly := false
	for _, e := range list {
		p := api.Param{}
		if keywordOnly {
			p.Kind = api.KeywordOnly
		}
		if a, ok := e.(*build.AssignExpr); ok {
			p.Default = build.FormatString(a.RHS)
			e = a.LHS
		}
		if u, ok := e.(*build.UnaryExpr); ok {
			switch {
			case u.Op == "**":
				p.Kind = api.KwArgs
			case u.X == nil:
				keywordOnly = true
				continue
			default:
				p.Kind, keywordOnly = api.VarArgs, true
			}
			e = u.X
		}
		if t, ok := e.(*build.TypedIdent); ok {
			typ, err := typeOf(t.Type)
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
		p.Name, p.PositionalOnly = strings.CutPrefix(id.Name, "__")
		out = append(out, p)
	}
	return out, nil
}

// dedent removes the common indentation of all lines except the first, and blank lines at both ends.
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
