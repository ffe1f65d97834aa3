package api

import (
	"fmt"
	"io"
	"strings"
)

// pyHeader is the beginning of the stub. The classes of times and durations have operators that declarations can't
// express.
const pyHeader = `# Types of the test scripts' API, for Python's type checkers. Made by gotest-driver api --format pyi.
# A script-like Python file begins with: from gotest import *
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, TypeVar, overload

T = TypeVar("T")
`

// pyWith lets Python's with statement take what a loop takes in Starlark, which has no with statement.
const pyWith = `    def __enter__(self) -> None: ...
    def __exit__(self, *args: object) -> None: ...
`

var pyOperators = map[string]string{
	"Scope":            pyWith,
	"PollingCondition": pyWith,
	"time.duration": `    def __add__(self, other: _time_duration) -> _time_duration: ...
    def __sub__(self, other: _time_duration) -> _time_duration: ...
    def __mul__(self, other: int) -> _time_duration: ...
    def __rmul__(self, other: int) -> _time_duration: ...
    def __truediv__(self, other: int | float) -> _time_duration: ...
`,
	"time.time": `    def __add__(self, other: _time_duration) -> _time_time: ...
    @overload
    def __sub__(self, other: _time_time) -> _time_duration: ...
    @overload
    def __sub__(self, other: _time_duration) -> _time_time: ...
`,
}

// PYI writes a stub for Python's type checkers. It leaves out the module assert, whose name is a keyword.
func (a *API) PYI(w io.Writer) error {
	var b strings.Builder
	b.WriteString(pyHeader)
	for _, al := range a.Aliases {
		fmt.Fprintf(&b, "%s = %s\n", al.Name, pyType(al.Type))
	}
	for _, list := range [][]*Class{a.Starlark.Classes, a.Classes} {
		for _, c := range list {
			if strings.HasPrefix(c.Name, "time.") || strings.HasPrefix(c.Pos.File, "classes") {
				pyClass(&b, pyName(c.Name), c.Doc, c.Attributes, c.Methods, pyOperators[c.Name])
			}
		}
	}
	for _, class := range a.MachineClasses() {
		fmt.Fprintf(&b, "\nclass %s(Machine): ...\n", class)
	}
	for _, list := range [][]*Module{a.Modules, a.Starlark.Modules} {
		for _, m := range list {
			if m.Name == "assert" {
				continue
			}
			pyClass(&b, "_"+m.Name+"_module", m.Doc, m.Variables, m.Functions, "")
			fmt.Fprintf(&b, "\n%s: _%s_module\n", m.Name, m.Name)
		}
	}
	b.WriteString("\n")
	for _, v := range a.Variables {
		fmt.Fprintf(&b, "%s: %s\n", v.Name, pyType(v.Type))
	}
	for _, f := range a.Functions {
		pyFunction(&b, f, "", false)
	}
	for _, f := range a.Starlark.Functions {
		if f.Name == "fail" || f.Name == "struct" { // Python itself has the others
			pyFunction(&b, f, "", false)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func pyClass(b *strings.Builder, name, doc string, attrs []*Variable, methods []*Function, more string) {
	fmt.Fprintf(b, "\nclass %s:\n%s", name, pyDoc(doc, "    "))
	for _, v := range attrs {
		fmt.Fprintf(b, "    %s: %s\n", v.Name, pyType(v.Type))
	}
	for _, f := range methods {
		pyFunction(b, f, "    ", true)
	}
	b.WriteString(more)
	if len(attrs)+len(methods) == 0 && doc == "" {
		b.WriteString("    ...\n")
	}
}

func pyDoc(doc, pad string) string {
	if doc == "" {
		return ""
	}
	return pad + `r"""` + strings.ReplaceAll(doc, "\n", "\n"+pad) + "\"\"\"\n"
}

func pyFunction(b *strings.Builder, f *Function, pad string, method bool) {
	if !method {
		b.WriteString("\n")
	}
	for _, o := range append([]*Function{f}, f.Overloads...) {
		if len(f.Overloads) > 0 {
			b.WriteString(pad + "@overload\n")
		}
		fmt.Fprintf(b, "%sdef %s(%s) -> %s:\n%s%s    ...\n", pad, f.Name, pyParams(o, method), pyType(o.Result), pyDoc(o.Doc, pad+"    "), pad)
	}
}

func pyParams(f *Function, method bool) string {
	var parts []string
	if method {
		parts = append(parts, "self")
	}
	star := false
	for i, p := range f.Params {
		if i > 0 && f.Params[i-1].PositionalOnly && !p.PositionalOnly {
			parts = append(parts, "/")
		}
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
		s += ": " + pyType(p.Type)
		if p.Default != "" {
			s += " = ..."
		}
		parts = append(parts, s)
	}
	if n := len(f.Params); n > 0 && f.Params[n-1].PositionalOnly {
		parts = append(parts, "/")
	}
	return strings.Join(parts, ", ")
}

func pyName(name string) string {
	if strings.HasPrefix(name, "time.") {
		return "_" + strings.ReplaceAll(name, ".", "_")
	}
	return name
}

func pyType(t *Type) string {
	if t == nil {
		return "Any"
	}
	if t.Name == "Never" {
		return "NoReturn"
	}
	c := *t
	c.Name = pyName(t.Name)
	s := &c
	s.Args = make([]*Type, len(t.Args))
	for i, a := range t.Args {
		s.Args[i] = &Type{Name: pyType(a)}
	}
	return s.String()
}
