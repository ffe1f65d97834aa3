package api

import (
	"fmt"
	"strings"

	"github.com/bazelbuild/buildtools/build"
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

// String is the type as it is written in an annotation.
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

// Optional tells whether None is among the type's values.
func (t *Type) Optional() bool {
	if t == nil || t.Name == "None" || t.Name == "Any" || t.Name == "object" {
		return true
	}
	if t.Name == "|" {
		for _, a := range t.Args {
			if a.Optional() {
				return true
			}
		}
	}
	return false
}

// TypeFromExpr makes a Type of an annotation. The error names what is not a type.
func TypeFromExpr(e build.Expr) (*Type, error) {
	switch e := e.(type) {
	case nil:
		return nil, nil
	case *build.Ident:
		return &Type{Name: e.Name}, nil
	case *build.DotExpr:
		x, err := TypeFromExpr(e.X)
		if err != nil {
			return nil, err
		}
		return &Type{Name: x.Name + "." + e.Name}, nil
	case *build.ParenExpr:
		return TypeFromExpr(e.X)
	case *build.BinaryExpr:
		if e.Op != "|" {
			break
		}
		x, err := TypeFromExpr(e.X)
		if err != nil {
			return nil, err
		}
		y, err := TypeFromExpr(e.Y)
		if err != nil {
			return nil, err
		}
		u := &Type{Name: "|"}
		for _, m := range []*Type{x, y} {
			if m.Name == "|" {
				u.Args = append(u.Args, m.Args...)
			} else {
				u.Args = append(u.Args, m)
			}
		}
		return u, nil
	case *build.IndexExpr:
		return applied(e.X, indexArgs(e.Y))
	case *build.TypeAppExpr:
		return applied(e.Type, e.Args)
	case *build.StringExpr:
		return nil, fmt.Errorf("%q is a string: write the type without quotes", e.Value)
	}
	return nil, fmt.Errorf("%s is not a type", build.FormatString(e))
}

func indexArgs(y build.Expr) []build.Expr {
	if t, ok := y.(*build.TupleExpr); ok {
		return t.List
	}
	return []build.Expr{y}
}

func applied(head build.Expr, args []build.Expr) (*Type, error) {
	h, err := TypeFromExpr(head)
	if err != nil {
		return nil, err
	}
	t := &Type{Name: h.Name}
	if t.Name == "Literal" {
		for _, a := range args {
			t.Literals = append(t.Literals, build.FormatString(a))
		}
		return t, nil
	}
	for i, a := range args {
		if _, ok := a.(*build.EllipsisExpr); ok {
			if t.Name == "Callable" && i == 0 {
				t.AnyParams = true
				continue
			}
			t.Args = append(t.Args, &Type{Name: "..."})
			continue
		}
		if l, ok := a.(*build.ListExpr); ok && t.Name == "Callable" && i == 0 {
			for _, p := range l.List {
				pt, err := TypeFromExpr(p)
				if err != nil {
					return nil, err
				}
				t.Args = append(t.Args, pt)
			}
			continue
		}
		at, err := TypeFromExpr(a)
		if err != nil {
			return nil, err
		}
		t.Args = append(t.Args, at)
	}
	return t, nil
}
