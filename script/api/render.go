package api

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/near"
)

// Signature returns the function as it is declared, without "def".
func (f *Function) Signature() string {
	var parts []string
	star := false
	for _, p := range f.Params {
		s := p.Name
		switch p.Kind {
		case VarArgs:
			s, star = "*"+s, true
		case KwArgs:
			s = "**" + s
		case KeywordOnly:
			if !star {
				parts, star = append(parts, "*"), true
			}
		}
		if p.Type != nil && p.Type.Name != "Any" {
			s += ": " + p.Type.String()
		}
		if p.Default != "" {
			s += " = " + p.Default
		}
		parts = append(parts, s)
	}
	return f.Name + "(" + strings.Join(parts, ", ") + ") -> " + f.Result.String()
}

// Signatures returns the signatures of the function and its overloads.
func (f *Function) Signatures() []string {
	out := []string{f.Signature()}
	for _, o := range f.Overloads {
		out = append(out, o.Signature())
	}
	return out
}

// section is a part of the reference: the members of a class or a module, or the global names.
type section struct {
	title, doc string
	prefix     string
	variables  []*Variable
	functions  []*Function
}

// names returns the names for which TextOf shows the section; owner is the class or module.
func (s section) names(owner string) []string {
	if s.title == "Globals" {
		owner = ""
	}
	var out []string
	if owner != "" {
		out = append(out, owner)
		owner += "."
	}
	for _, v := range s.variables {
		out = append(out, owner+v.Name)
	}
	for _, f := range s.functions {
		out = append(out, owner+f.Name)
	}
	return out
}

func (a *API) sections() []section {
	out := []section{{title: "Globals", variables: a.Variables, functions: a.Functions}}
	for _, c := range a.Classes {
		out = append(out, section{"Class " + c.Name, c.Doc, "", c.Attributes, c.Methods})
	}
	for _, list := range [][]*Module{a.Modules, a.Starlark.Modules} {
		for _, m := range list {
			s := section{"Module " + m.Name, m.Doc, m.Name + ".", m.Variables, m.Functions}
			if m.Call != nil {
				s.functions = append([]*Function{m.Call}, s.functions...)
			}
			out = append(out, s)
		}
	}
	out = append(out, section{title: "Starlark's functions", functions: a.Starlark.Functions})
	for _, c := range a.Starlark.Classes {
		if len(c.Attributes)+len(c.Methods) > 0 {
			out = append(out, section{"Type " + c.Name, c.Doc, "", c.Attributes, c.Methods})
		}
	}
	return out
}

// Text writes the reference for a terminal.
func (a *API) Text(w io.Writer) error {
	var b strings.Builder
	b.WriteString("Types\n\n")
	for _, al := range a.Aliases {
		fmt.Fprintf(&b, "  %s = %s\n%s\n", al.Name, al.Type, indent(al.Doc, 6))
	}
	for _, s := range a.sections() {
		fmt.Fprintf(&b, "%s\n", s.title)
		if s.doc != "" {
			fmt.Fprintf(&b, "%s", indent(s.doc, 2))
		}
		b.WriteString("\n")
		for _, v := range s.variables {
			fmt.Fprintf(&b, "  %s%s: %s\n%s\n", s.prefix, v.Name, v.Type, indent(v.Doc, 6))
		}
		for _, f := range s.functions {
			for _, sig := range f.Signatures() {
				fmt.Fprintf(&b, "  %s%s\n", s.callPrefix(f), sig)
			}
			fmt.Fprintf(&b, "%s\n", indent(f.Doc, 6))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// callPrefix returns the prefix of the module's functions, empty for the module that can be called itself.
func (s section) callPrefix(f *Function) string {
	if f.Owner == "" {
		return ""
	}
	return s.prefix
}

func indent(s string, n int) string {
	if s == "" {
		return ""
	}
	pad := strings.Repeat(" ", n)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = pad + l
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// Markdown writes the reference page.
func (a *API) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# The scripting API\n\nThis page is made from the declarations by `gotest-driver api --format markdown`.\n\n")
	b.WriteString("Parameters behind `*` are given by name only.\n\n")
	for _, s := range a.sections() {
		fmt.Fprintf(&b, "- [%s](#%s)\n", s.title, anchor(s.title))
	}
	b.WriteString("\n## Types\n\n| type | is | |\n|---|---|---|\n")
	for _, al := range a.Aliases {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", al.Name, strings.ReplaceAll(al.Type.String(), "|", "\\|"), oneLine(al.Doc))
	}
	for _, s := range a.sections() {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		if s.doc != "" {
			b.WriteString(s.doc + "\n\n")
		}
		if len(s.variables) > 0 {
			b.WriteString("| name | type | |\n|---|---|---|\n")
			for _, v := range s.variables {
				fmt.Fprintf(&b, "| `%s%s` | `%s` | %s |\n", s.prefix, v.Name, strings.ReplaceAll(v.Type.String(), "|", "\\|"), oneLine(v.Doc))
			}
			b.WriteString("\n")
		}
		for _, f := range s.functions {
			fmt.Fprintf(&b, "### `%s%s`\n\n```python\n", s.callPrefix(f), f.Name)
			for _, sig := range f.Signatures() {
				b.WriteString(s.callPrefix(f) + sig + "\n")
			}
			fmt.Fprintf(&b, "```\n\n%s\n\n", f.Doc)
		}
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

func oneLine(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\n", " "), "|", "\\|")
}

// anchor returns the target that Markdown renderers give a heading.
func anchor(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_':
			b.WriteRune(r)
		}
	}
	return b.String()
}

type jsonParam struct {
	Name           string  `json:"name"`
	Kind           string  `json:"kind"`
	Type           string  `json:"type"`
	Default        *string `json:"default,omitempty"`
	PositionalOnly bool    `json:"positional_only,omitempty"`
}

type jsonFunction struct {
	Name      string         `json:"name"`
	Params    []jsonParam    `json:"params"`
	Result    string         `json:"result"`
	Doc       string         `json:"doc"`
	Extension bool           `json:"extension,omitempty"`
	QEMUOnly  bool           `json:"qemu_only,omitempty"`
	Overloads []jsonFunction `json:"overloads,omitempty"`
}

type jsonVariable struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Doc  string `json:"doc,omitempty"`
}

type jsonOwner struct {
	Name      string         `json:"name"`
	Doc       string         `json:"doc"`
	Variables []jsonVariable `json:"variables,omitempty"`
	Functions []jsonFunction `json:"functions,omitempty"`
	Call      *jsonFunction  `json:"call,omitempty"`
}

// JSON writes the declarations for programs.
func (a *API) JSON(w io.Writer) error {
	out := struct {
		Types     []jsonVariable `json:"types"`
		Variables []jsonVariable `json:"variables"`
		Functions []jsonFunction `json:"functions"`
		Classes   []jsonOwner    `json:"classes"`
		Modules   []jsonOwner    `json:"modules"`
		Starlark  struct {
			Functions []jsonFunction `json:"functions"`
			Classes   []jsonOwner    `json:"classes"`
			Modules   []jsonOwner    `json:"modules"`
		} `json:"starlark"`
	}{Variables: jsonVariables(a.Variables), Functions: jsonFunctions(a.Functions), Classes: jsonClasses(a.Classes), Modules: jsonModules(a.Modules)}
	for _, al := range a.Aliases {
		out.Types = append(out.Types, jsonVariable{al.Name, al.Type.String(), al.Doc})
	}
	out.Starlark.Functions = jsonFunctions(a.Starlark.Functions)
	out.Starlark.Classes = jsonClasses(a.Starlark.Classes)
	out.Starlark.Modules = jsonModules(a.Starlark.Modules)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func jsonClasses(list []*Class) (out []jsonOwner) {
	for _, c := range list {
		out = append(out, jsonOwner{c.Name, c.Doc, jsonVariables(c.Attributes), jsonFunctions(c.Methods), nil})
	}
	return out
}

func jsonModules(list []*Module) (out []jsonOwner) {
	for _, m := range list {
		o := jsonOwner{m.Name, m.Doc, jsonVariables(m.Variables), jsonFunctions(m.Functions), nil}
		if m.Call != nil {
			o.Call = &jsonFunctions([]*Function{m.Call})[0]
		}
		out = append(out, o)
	}
	return out
}

func jsonVariables(list []*Variable) (out []jsonVariable) {
	for _, v := range list {
		out = append(out, jsonVariable{v.Name, v.Type.String(), v.Doc})
	}
	return out
}

func jsonFunctions(list []*Function) (out []jsonFunction) {
	kinds := map[ParamKind]string{Positional: "positional", KeywordOnly: "keyword", VarArgs: "args", KwArgs: "kwargs"}
	for _, f := range list {
		j := jsonFunction{Name: f.Name, Params: []jsonParam{}, Result: f.Result.String(), Doc: f.Doc, Extension: f.Extension, QEMUOnly: f.QEMUOnly, Overloads: jsonFunctions(f.Overloads)}
		for _, p := range f.Params {
			jp := jsonParam{Name: p.Name, Kind: kinds[p.Kind], Type: p.Type.String(), PositionalOnly: p.PositionalOnly}
			if p.Default != "" {
				jp.Default = &p.Default
			}
			j.Params = append(j.Params, jp)
		}
		out = append(out, j)
	}
	return out
}

// TextOf writes the reference for some names: a global, a class, a module, or a member ("Machine.succeed").
func (a *API) TextOf(w io.Writer, names []string) error {
	for _, name := range names {
		found := false
		var known []string
		for _, s := range a.sections() {
			_, owner, _ := strings.Cut(s.title, " ")
			known = append(known, s.names(owner)...)
			whole := owner == name && s.title != "Globals"
			var b strings.Builder
			if whole {
				fmt.Fprintf(&b, "%s\n%s\n", s.title, indent(s.doc, 2))
			}
			for _, v := range s.variables {
				if whole || v.Name == name || owner+"."+v.Name == name {
					fmt.Fprintf(&b, "  %s%s: %s\n%s\n", s.prefix, v.Name, v.Type, indent(v.Doc, 6))
				}
			}
			for _, f := range s.functions {
				if whole || f.Name == name || owner+"."+f.Name == name {
					for _, sig := range f.Signatures() {
						fmt.Fprintf(&b, "  %s%s\n", s.callPrefix(f), sig)
					}
					fmt.Fprintf(&b, "%s\n", indent(f.Doc, 6))
				}
			}
			if b.Len() == 0 {
				continue
			}
			found = true
			if _, err := io.WriteString(w, b.String()); err != nil {
				return err
			}
		}
		if !found {
			return fmt.Errorf("there is nothing called %s%s", name, near.DidYouMean(name, known))
		}
	}
	return nil
}
