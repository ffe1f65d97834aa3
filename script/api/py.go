package api

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// pyModuleHeader is the beginning of package gotest. Imports that only annotations need are skipped when a script runs.
const pyModuleHeader = `"""What test scripts can call: machines, networks, the log. Made from the driver's declarations.

It is what runs, what type checkers read, and what help() shows.
"""

from __future__ import annotations

from gotest import _bridge
from gotest._bridge import (
    GlobalTimeout,
    MachineError,
    RequestedAssertionFailed,
    Scope,
    WaitTimeout,
    parallel,
    polling_condition,
    retry,
    subtest,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import unittest
    from collections.abc import Callable, Iterable
    from datetime import timedelta
    from os import PathLike
    from typing import Any, NoReturn, Union
`

// pyByHand are the globals that _bridge.py implements, in Python's own forms.
var pyByHand = []string{"subtest", "retry", "polling_condition", "parallel"}

// pyAlias are aliases of types that accept more in Python.
var pyAlias = map[string][]string{
	"Duration":  {"int", "float", "timedelta"},
	"HostPath":  {"str", "PathLike[str]"},
	"GuestPath": {"str", "PathLike[str]"},
}

// pyParam are the Python driver's names of parameters, where they differ.
var pyParam = map[string]string{"Machine.sleep.duration": "secs"}

// pyMore are the members that classes have in Python only.
var pyMore = map[string]string{
	"Machine.connected": `
    @connected.setter
    def connected(self, value: bool) -> None:
        """Nothing: the Python driver has to be told of a reboot, and this one connects anew by itself."""
`,
	"Machine": `
    def log(self, msg: object) -> None:
        """Write a line to the log, with the machine's name."""
        _bridge.connection().tell(_bridge.PRINT, str(msg), self.name)

    def nested(self, msg: str) -> Scope:
        """An entry of the log, with the machine's name: ` + "`with machine.nested(\"setting up\"):`" + `."""
        return Scope("nested", msg, self.name)
`,
	"log": `
    def nested(self, msg: str) -> Scope:
        """An entry of the log: ` + "`with log.nested(\"setting up\"):`" + ` runs its block below that entry."""
        return Scope("nested", msg)

    def log_test_error(self, msg: Any) -> None:
        """The Python driver's name of error."""
        self.error(msg)
`,
	"debug": `
    def breakpoint(self) -> None:
        """Stop here and open the debugger, when the run has one (--debug)."""
        _bridge.stop()
`,
}

// PY writes gotest/__init__.py, through which scripts in Python call the driver.
func (a *API) PY(w io.Writer) error {
	var b strings.Builder
	b.WriteString(pyModuleHeader)
	b.WriteString("\n")
	types := "\n# What the types of parameters stand for, when a script is checked.\n_TYPES = {\n"
	for _, al := range a.Aliases {
		either := pyAlias[al.Name]
		t := "Union[" + strings.Join(either, ", ") + "]"
		if either == nil {
			t = pyType(al.Type)
			either = []string{t}
		}
		fmt.Fprintf(&b, "    %s = %s\n", al.Name, t)
		types += fmt.Sprintf("    %q: %q,\n", al.Name, strings.Join(either, " | "))
	}
	b.WriteString(types + "}\n")
	names := []string{"GlobalTimeout", "MachineError", "RequestedAssertionFailed", "WaitTimeout"}
	names = append(names, pyByHand...)
	for _, f := range a.Functions {
		if !slices.Contains(pyByHand, f.Name) {
			b.WriteString("\n")
			pyDef(&b, f, "", "")
			names = append(names, f.Name)
		}
	}
	for _, c := range a.Classes {
		if !strings.HasPrefix(c.Pos.File, "classes") || slices.Contains([]string{"Pattern", "Match", "Scope", "PollingCondition"}, c.Name) {
			continue
		}
		fmt.Fprintf(&b, "\n\nclass %s(_bridge.Proxy):\n%s\n    __slots__ = ()\n", c.Name, strings.TrimRight(pyDoc(c.Doc, "    "), "\n"))
		for _, v := range c.Attributes {
			fmt.Fprintf(&b, "\n    @property\n    def %s(self) -> %s:\n%s        return self._get(%q)  # type: ignore[no-any-return]\n",
				v.Name, pyType(v.Type), pyDoc(v.Doc, "        "), v.Name)
			b.WriteString(pyMore[c.Name+"."+v.Name])
		}
		for _, f := range c.Methods {
			b.WriteString("\n")
			pyDef(&b, f, "    ", "self")
		}
		b.WriteString(pyMore[c.Name])
		if c.Name == "Driver" {
			for _, list := range a.machineLists() {
				fmt.Fprintf(&b, "\n    @property\n    def %s(self) -> %s:\n        \"\"\"%s\"\"\"\n        return [m for m in self.machines if isinstance(m, %s)]\n",
					list.Name, pyType(list.Type), list.Doc, elementClass(list))
			}
			b.WriteString("\n")
			for _, f := range a.Functions {
				fmt.Fprintf(&b, "    %s = staticmethod(%s)\n", f.Name, f.Name)
			}
		}
		names = append(names, c.Name)
	}
	for _, list := range a.machineLists() {
		class := elementClass(list)
		fmt.Fprintf(&b, "\n\nclass %s(Machine):\n    \"\"\"A machine of the list %s.\"\"\"\n\n    __slots__ = ()\n", class, list.Name)
		names = append(names, class)
	}
	b.WriteString("\n\nBaseMachine = Machine\n")
	names = append(names, "BaseMachine")
	for _, name := range []string{"log", "debug"} {
		m := a.Module(name)
		fmt.Fprintf(&b, "\n\nclass _%s:\n%s", name, pyDoc(m.Doc, "    "))
		for _, f := range m.Functions {
			if f.Name == "nested" || f.Name == "breakpoint" { // written by hand
				continue
			}
			b.WriteString("\n")
			pyDef(&b, f, "    ", name)
		}
		b.WriteString(pyMore[name])
		fmt.Fprintf(&b, "\n\n%s = _%s()\n", name, name)
		names = append(names, name)
	}
	b.WriteString("t: unittest.TestCase = _bridge.Testing()  # type: ignore[assignment]\n\n# The driver sets these before the script runs.\n")
	for _, v := range a.Variables {
		value := "[]"
		if v.Type.Name != "list" {
			value = "None  # type: ignore[assignment]"
		}
		fmt.Fprintf(&b, "%s: %s = %s\n", v.Name, pyType(v.Type), value)
		names = append(names, v.Name)
	}
	names = append(names, "t")
	slices.Sort(names)
	b.WriteString("\n__all__ = [\n")
	for _, n := range names {
		fmt.Fprintf(&b, "    %q,\n", n)
	}
	b.WriteString("]\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// pyDef writes a function that calls the driver's function; of is "self" for a method, a module's name for its
// function.
func pyDef(b *strings.Builder, f *Function, pad, of string) {
	params, positional, named := []string{}, []string{}, []string{}
	if of != "" {
		params = append(params, "self")
	}
	star := false
	for _, p := range f.Params {
		name, t := p.Name, pyParamType(p.Type)
		if other := pyParam[f.FullName()+"."+p.Name]; other != "" {
			name = other
		}
		s, value := name+": "+t, name
		if p.Default != "" {
			s += " = " + strings.NewReplacer("[]", "()", "{}", "{}").Replace(p.Default)
		}
		if t == "Any" && of == "log" {
			value = "str(" + name + ")"
		}
		switch p.Kind {
		case VarArgs:
			star = true
			s = "*" + s
			positional = append(positional, "*"+value)
		case KeywordOnly:
			if !star {
				star, params = true, append(params, "*")
			}
			named = append(named, fmt.Sprintf("%q: %s", p.Name, value))
		default:
			positional = append(positional, value)
		}
		params = append(params, s)
	}
	args := "(" + strings.Join(positional, ", ")
	if len(positional) == 1 {
		args += ","
	}
	args += "), {" + strings.Join(named, ", ") + "}"
	call := fmt.Sprintf("_bridge.call(%q, %s)", of+"."+f.Name, args)
	switch of {
	case "":
		call = fmt.Sprintf("_bridge.call(%q, %s)", f.Name, args)
	case "self":
		call = fmt.Sprintf("self._call(%q, %s)", f.Name, args)
	}
	result := pyType(f.Result)
	switch result {
	case "None":
	case "NoReturn": // the call raises an exception itself
		call = "raise " + call
	default:
		call = "return " + call
		if result != "Any" {
			call += "  # type: ignore[no-any-return]"
		}
	}
	fmt.Fprintf(b, "%sdef %s(%s) -> %s:\n%s%s    %s\n", pad, f.Name, strings.Join(params, ", "), result, pyDoc(f.Doc, pad+"    "), pad, call)
}

// pyParamType returns the type of a parameter: any iterable is accepted where a list is wanted.
func pyParamType(t *Type) string {
	if t != nil && t.Name == "list" {
		return "Iterable[" + pyType(t.Args[0]) + "]"
	}
	return pyType(t)
}
