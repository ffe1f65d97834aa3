package check

import (
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func (m *mutator) call(c *dialect.CallExpr) {
	d := m.declared(c)
	if dot, ok := c.Fn.(*dialect.DotExpr); ok {
		for _, w := range m.misspell(dot.Name.Name, 2) {
			m.replace("misspelt method", d != nil, dot.Name.Range, w)
		}
		m.replace("method of None", false, dot.X.Span(), "None")
		if dot.Name.Name == "format" {
			m.format(dot, c)
		}
	}
	if id, ok := c.Fn.(*dialect.Ident); ok {
		if def := m.funcs[id.Name]; def != nil {
			m.localCall(c, def)
		}
	}
	if d != nil && d.Name != "format" && d.Name != "dict" && d.Name != "struct" {
		m.apiCall(c, d)
	}
}

func (m *mutator) format(dot *dialect.DotExpr, c *dialect.CallExpr) {
	l, ok := dot.X.(*dialect.Literal)
	if !ok {
		return
	}
	if strings.Contains(l.Raw, "{}") {
		m.replace("format wants more", false, dialect.Range{Start: l.End - 1, End: l.End - 1}, " {}")
	}
	m.replace("format with a single brace", false, dialect.Range{Start: l.End - 1, End: l.End - 1}, " {")
	for _, a := range c.Args {
		if a.Name != nil {
			for _, w := range m.misspell(a.Name.Name, 1) {
				m.replace("misspelt keyword", false, a.Name.Range, w)
			}
		}
	}
}

// localCall mutates the call of a function of the file.
func (m *mutator) localCall(c *dialect.CallExpr, d *dialect.DefStmt) {
	open, positional := false, 0
	for _, a := range c.Args {
		if a.Star > 0 {
			open = true
		}
		if a.Star == 0 && a.Name == nil {
			positional++
		}
	}
	most, varargs, kwargs := 0, false, false
	for i, p := range d.Params {
		switch {
		case p.Star == 1 && p.Name != nil:
			varargs = true
		case p.Star == 2:
			kwargs = true
		case p.Star == 0 && !behindStar(d.Params[:i]):
			most++
		}
	}
	if open {
		return
	}
	end := dialect.Range{Start: c.Rparen, End: c.Rparen}
	if !varargs {
		sep := ""
		if len(c.Args) > 0 {
			sep = ", "
		}
		if positional == len(c.Args) {
			m.replace("surplus argument", false, end, sep+strings.Repeat("1, ", most-positional)+"1")
		}
	}
	if !kwargs {
		sep := ""
		if len(c.Args) > 0 {
			sep = ", "
		}
		m.replace("unknown keyword", false, end, sep+"nope = 1")
	}
	for i, a := range c.Args {
		if a.Name != nil {
			for _, w := range m.misspell(a.Name.Name, 1) {
				m.replace("misspelt keyword", false, a.Name.Range, w)
			}
			continue
		}
		if i < most && i < len(d.Params) && d.Params[i].Default == nil && i == len(c.Args)-1 {
			m.drop(c, i, false)
		}
		if i < most && d.Params[i].Type != nil {
			if w := wrongFor(m.text(d.Params[i].Type)); w != "" {
				m.replace("argument of a wrong type", false, a.Value.Span(), w)
			}
		}
	}
}

func wrongFor(annotation string) string {
	switch annotation {
	case "str":
		return "5"
	case "int", "float", "bool":
		return `"x"`
	case "Machine":
		return `"server"`
	case "list[str]", "list[Machine]":
		return "3"
	}
	return ""
}

// drop removes an argument.
func (m *mutator) drop(c *dialect.CallExpr, i int, isAPI bool) {
	a := c.Args[i]
	r := a.Range
	if i+1 < len(c.Args) {
		r.End = c.Args[i+1].Start
	} else if i > 0 {
		r.Start = c.Args[i-1].End
	}
	m.replace("argument left out", isAPI, r, "")
}

// apiCall mutates the call of a declared function.
func (m *mutator) apiCall(c *dialect.CallExpr, d *api.Function) {
	if len(d.Overloads) > 0 {
		return
	}
	most, varargs, kwargs, open := 0, false, false, false
	for _, p := range d.Params {
		switch p.Kind {
		case api.Positional:
			most++
		case api.VarArgs:
			varargs = true
		case api.KwArgs:
			kwargs = true
		}
	}
	positional := 0
	for _, a := range c.Args {
		open = open || a.Star > 0
		if a.Star == 0 && a.Name == nil {
			positional++
		}
	}
	if open {
		return
	}
	sep := ""
	if len(c.Args) > 0 {
		sep = ", "
	}
	end := dialect.Range{Start: c.Rparen, End: c.Rparen}
	if !varargs && positional == len(c.Args) {
		m.replace("surplus argument", true, end, sep+strings.Repeat("1, ", max(0, most-positional))+"1")
	}
	if !kwargs {
		m.replace("unknown keyword", true, end, sep+"nope = 1")
	}
	for i, a := range c.Args {
		var p *api.Param
		switch {
		case a.Name != nil:
			for _, w := range m.misspell(a.Name.Name, 1) {
				m.replace("misspelt keyword", true, a.Name.Range, w)
			}
			m.replace("keyword given twice", true, end, sep+m.text(a))
			p = d.Param(a.Name.Name)
		case i < len(d.Params) && d.Params[i].Kind == api.Positional:
			p = &d.Params[i]
			if p.Required() && i == positional-1 {
				m.drop(c, i, true)
			}
		case varargs && len(d.Params) > 0 && d.Params[0].Kind == api.VarArgs:
			p = &d.Params[0]
		}
		if p != nil {
			m.value(a, p)
		}
	}
}

// value gives a parameter a value that it does not accept.
func (m *mutator) value(a *dialect.Arg, p *api.Param) {
	r := a.Value.Span()
	switch t := p.Type.String(); t {
	case "Any", "T", "object":
		return
	case "Regex", "Regex | Pattern":
		m.replace("argument of a wrong type", true, r, "5")
		if l, ok := a.Value.(*dialect.Literal); ok && l.Token == syntax.STRING {
			m.replace("wrong regular expression", true, dialect.Range{Start: l.End - 1, End: l.End - 1}, "(")
			m.replace("wrong regular expression", true, dialect.Range{Start: l.End - 1, End: l.End - 1}, "[z-a]")
		}
	case "Key":
		m.replace("argument of a wrong type", true, r, "5")
		if l, ok := a.Value.(*dialect.Literal); ok {
			s := l.Value.(string)
			m.replace("wrong key", true, r, `"`+s+`x1"`)
			m.replace("wrong key", true, r, `"strg-`+s+`"`)
		}
	case "str", "ShellCommand", "UnitName", "HostPath", "GuestPath", "MouseButton", "GuestName | None", "str | None", "str | bytes", "str | tuple[str, ...]":
		m.replace("argument of a wrong type", true, r, "5")
		m.replace("argument of a wrong type", true, r, `["x"]`)
	case "int", "Port", "int | None", "float", "bool":
		m.replace("argument of a wrong type", true, r, `"x"`)
	case "Duration", "Duration | None":
		m.replace("argument of a wrong type", true, r, `"x"`)
		m.replace("argument of a wrong type", true, r, "True")
	default:
		wrong := "3.5"
		if strings.Contains(t, "float") {
			wrong = "[1]"
		}
		m.replace("argument of a wrong type", true, r, wrong)
		if strings.HasPrefix(t, "Callable") {
			m.replace("function with wrong parameters", true, r, "lambda a, b, c: a")
		}
	}
	if !p.Type.Optional() {
		m.replace("None as an argument", true, r, "None")
	}
}
