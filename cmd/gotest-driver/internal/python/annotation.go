package python

import (
	"cmp"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// annotations are the names in Python's annotations that are different in Starlark.
var annotations = map[string]string{
	"List": "list", "Dict": "dict", "Set": "set", "Tuple": "tuple", "BaseMachine": "Machine", "object": "Any", "Callable": "Any",
	"Iterable": "Any", "Iterator": "Any", "Sequence": "Any", "Generator": "Any", "Literal": "Any",
}

// annotationName returns the Starlark name of a type; empty if x is not a name.
func annotationName(x syntax.Expr) string {
	name := ""
	switch x := unparen(x).(type) {
	case *syntax.Name:
		name = x.ID
	case *syntax.Attr:
		name = x.Name
	}
	return cmp.Or(annotations[name], name)
}

// annotation returns the Starlark form of a Python annotation, empty when it has no counterpart, and the type of the
// values.
func annotation(x syntax.Expr) (string, *typ) {
	switch x := unparen(x).(type) {
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
	switch name := annotationName(x); name {
	case "float":
		return name, join(tFloat, tInt)
	case "list", "set", "dict", "tuple":
		return name, generic(name, []*typ{tAny, tAny}, true)
	case "Any":
		return name, tAny
	default:
		if api.Load().IsMachine(name) {
			return name, machineOf("Machine")
		}
		if t := plainTypes[name]; t != nil {
			return name, t
		}
	}
	return "", tAny
}

func genericAnnotation(x *syntax.Index) (string, *typ) {
	args := []syntax.Expr{x.Sub}
	if t, ok := x.Sub.(*syntax.Tuple); ok && len(t.Elts) > 0 {
		args = t.Elts
	}
	var parts []string
	var types []*typ
	open := false
	for _, a := range args {
		s, t := annotation(a)
		if isName(a, "...") {
			s, open = "...", true
		}
		parts, types = append(parts, cmp.Or(s, "Any")), append(types, t)
	}
	switch name := annotationName(x.X); name {
	case "Optional":
		return parts[0] + " | None", join(types[0], tNone)
	case "Union":
		return strings.Join(parts, " | "), joinAll(types)
	case "Any":
		return name, tAny
	case "list", "dict", "set", "tuple":
		return name + "[" + strings.Join(parts, ", ") + "]", generic(name, types, open)
	}
	return "", tAny
}
