package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// annotations are the names in Python's annotations that are spelled otherwise here.
var annotations = map[string]string{
	"List": "list", "Dict": "dict", "Set": "set", "Tuple": "tuple", "BaseMachine": "Machine", "object": "Any", "Callable": "Any",
	"Iterable": "Any", "Iterator": "Any", "Sequence": "Any", "Generator": "Any", "Literal": "Any",
}

// annotation gives a Python annotation as it is written here, empty when it has no counterpart, and what it says about
// the values.
func annotation(x syntax.Expr) (string, *typ) {
	switch x := unparen(x).(type) {
	case *syntax.Attr:
		return annotation(&syntax.Name{ID: x.Name})
	case *syntax.Name:
		name := x.ID
		if other := annotations[name]; other != "" {
			name = other
		}
		switch name {
		case "float":
			return name, join(tFloat, tInt)
		case "list", "set", "dict", "tuple":
			return name, generic(name, []*typ{tAny, tAny}, true)
		case "Machine", "QemuMachine", "NspawnMachine":
			return name, machineOf("Machine")
		case "Any":
			return name, tAny
		}
		if t := plainTypes[name]; t != nil {
			return name, t
		}
	case *syntax.Str:
		if f, err := syntax.Parse("", x.Parts[0].Value); err == nil && len(f.Body) == 1 && len(x.Parts) == 1 {
			if e, ok := f.Body[0].(*syntax.ExprStmt); ok {
				return annotation(e.X)
			}
		}
	case *syntax.Binary:
		a, t := annotation(x.X)
		b, u := annotation(x.Y)
		if x.Op == "|" && a != "" && b != "" {
			return a + " | " + b, join(t, u)
		}
	case *syntax.Index:
		return genericAnnotation(x)
	}
	return "", tAny
}

func genericAnnotation(x *syntax.Index) (string, *typ) {
	args := []syntax.Expr{x.Sub}
	if t, ok := x.Sub.(*syntax.Tuple); ok {
		args = t.Elts
	}
	var parts []string
	var types []*typ
	open := false
	for _, a := range args {
		s, t := annotation(a)
		switch {
		case isName(a, "..."):
			s, open = "...", true
		case s == "":
			s = "Any"
		}
		parts, types = append(parts, s), append(types, t)
	}
	base := x.X
	if a, ok := base.(*syntax.Attr); ok {
		base = &syntax.Name{ID: a.Name}
	}
	switch {
	case len(args) == 0:
		return "", tAny
	case isName(base, "Optional"):
		return parts[0] + " | None", join(types[0], tNone)
	case isName(base, "Union"):
		return strings.Join(parts, " | "), joinAll(types)
	}
	switch name, _ := annotation(base); name {
	case "Any":
		return name, tAny
	case "list", "dict", "set", "tuple":
		return name + "[" + strings.Join(parts, ", ") + "]", generic(name, types, open)
	}
	return "", tAny
}
