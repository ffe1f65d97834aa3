package declare

import (
	"fmt"

	"github.com/bazelbuild/buildtools/build"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// typeOf converts an annotation to a Type. The error names what is not a type.
func typeOf(e build.Expr) (*api.Type, error) {
	switch e := e.(type) {
	case nil:
		return nil, nil
	case *build.Ident:
		return &api.Type{Name: e.Name}, nil
	case *build.DotExpr:
		x, err := typeOf(e.X)
		if err != nil {
			return nil, err
		}
		return &api.Type{Name: x.Name + "." + e.Name}, nil
	case *build.ParenExpr:
		return typeOf(e.X)
	case *build.BinaryExpr:
		if e.Op != "|" {
			break
		}
		x, err := typeOf(e.X)
		if err != nil {
			return nil, err
		}
		y, err := typeOf(e.Y)
		if err != nil {
			return nil, err
		}
		u := &api.Type{Name: "|"}
		for _, m := range []*api.Type{x, y} {
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

func applied(head build.Expr, args []build.Expr) (*api.Type, error) {
	h, err := typeOf(head)
	if err != nil {
		return nil, err
	}
	t := &api.Type{Name: h.Name}
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
			t.Args = append(t.Args, &api.Type{Name: "..."})
			continue
		}
		if l, ok := a.(*build.ListExpr); ok && t.Name == "Callable" && i == 0 {
			for _, p := range l.List {
				pt, err := typeOf(p)
				if err != nil {
					return nil, err
				}
				t.Args = append(t.Args, pt)
			}
			continue
		}
		at, err := typeOf(a)
		if err != nil {
			return nil, err
		}
		t.Args = append(t.Args, at)
	}
	return t, nil
}
