package api

import (
	"slices"
	"strings"
)

// Type is a type expression of the dialect. Name is a type's name ("str", "list", "Machine"), or one of
//
//	"|"         a union; Args are its members
//	"Literal"   one of the values in Literals (Starlark source)
//	"Callable"  Args are the parameters' types, then the result's; Any[...] parameters: AnyParams
//	"..."       only as the last argument of tuple: any number of the type before
type Type struct {
	Name      string
	Args      []*Type
	Literals  []string
	AnyParams bool
}

// String returns the type as written in an annotation.
func (t *Type) String() string {
	if t == nil {
		return "Any"
	}
	parts := make([]string, len(t.Args))
	for i, a := range t.Args {
		parts[i] = a.String()
	}
	switch {
	case t.Name == "|":
		return strings.Join(parts, " | ")
	case t.Name == "Literal":
		return "Literal[" + strings.Join(t.Literals, ", ") + "]"
	case t.Name == "Callable" && len(parts) > 0:
		n := len(parts) - 1
		if t.AnyParams {
			return "Callable[..., " + parts[n] + "]"
		}
		return "Callable[[" + strings.Join(parts[:n], ", ") + "], " + parts[n] + "]"
	case len(parts) > 0:
		return t.Name + "[" + strings.Join(parts, ", ") + "]"
	}
	return t.Name
}

// Has reports whether the type has that name, or is a union with such a type.
func (t *Type) Has(name string) bool {
	return t != nil && (t.Name == name || t.Name == "|" && slices.ContainsFunc(t.Args, func(a *Type) bool { return a.Has(name) }))
}

// Optional reports whether None is among the type's values.
func (t *Type) Optional() bool {
	return t == nil || t.Has("None") || t.Has("Any") || t.Has("object")
}
