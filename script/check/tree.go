package check

import (
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func identsOf(e dialect.Expr) []*dialect.Ident {
	switch e := e.(type) {
	case *dialect.Ident:
		return []*dialect.Ident{e}
	case *dialect.ParenExpr:
		return identsOf(e.X)
	case *dialect.TupleExpr:
		var l []*dialect.Ident
		for _, x := range e.List {
			l = append(l, identsOf(x)...)
		}
		return l
	case *dialect.ListExpr:
		var l []*dialect.Ident
		for _, x := range e.List {
			l = append(l, identsOf(x)...)
		}
		return l
	}
	return nil
}

func unparen(e dialect.Expr) dialect.Expr {
	for {
		p, ok := e.(*dialect.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// rootIdent is a in a.b[c].d; nil when there is none.
func rootIdent(e dialect.Expr) *dialect.Ident {
	for {
		switch x := e.(type) {
		case *dialect.Ident:
			return x
		case *dialect.ParenExpr:
			e = x.X
		case *dialect.DotExpr:
			e = x.X
		case *dialect.IndexExpr:
			e = x.X
		case *dialect.SliceExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// children are the expressions right below one, functions' parameters aside.
func children(e dialect.Expr) []dialect.Expr {
	var out []dialect.Expr
	add := func(xs ...dialect.Expr) {
		for _, x := range xs {
			if x != nil {
				out = append(out, x)
			}
		}
	}
	switch e := e.(type) {
	case *dialect.ListExpr:
		add(e.List...)
	case *dialect.TupleExpr:
		add(e.List...)
	case *dialect.ParenExpr:
		add(e.X)
	case *dialect.DictExpr:
		for _, x := range e.List {
			add(x.Key, x.Value)
		}
	case *dialect.DictEntry:
		add(e.Key, e.Value)
	case *dialect.CallExpr:
		add(e.Fn)
		for _, a := range e.Args {
			add(a.Value)
		}
	case *dialect.DotExpr:
		add(e.X)
	case *dialect.IndexExpr:
		add(e.X, e.Index)
	case *dialect.SliceExpr:
		add(e.X, e.Lo, e.Hi, e.Step)
	case *dialect.UnaryExpr:
		add(e.X)
	case *dialect.BinaryExpr:
		add(e.X, e.Y)
	case *dialect.CondExpr:
		add(e.True, e.Cond, e.False)
	case *dialect.LambdaExpr:
		add(e.Body)
	case *dialect.Comprehension:
		for _, c := range e.Clauses {
			add(c.Vars, c.X, c.Cond)
		}
		add(e.Body)
	}
	return out
}
