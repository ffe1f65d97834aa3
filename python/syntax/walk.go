package syntax

// Walk calls f for every statement and expression below n, n first, in the order in which they are evaluated; f returns
// whether to go deeper.
func Walk(n Node, f func(Node) bool) {
	if n == nil || !f(n) {
		return
	}
	w := func(parts ...any) {
		for _, part := range parts {
			switch part := part.(type) {
			case Node:
				Walk(part, f)
			case []Expr:
				for _, x := range part {
					if x != nil {
						Walk(x, f)
					}
				}
			case []Stmt:
				for _, s := range part {
					Walk(s, f)
				}
			}
		}
	}
	switch n := n.(type) {
	case *Str:
		for _, p := range n.Parts {
			walkFields(p.Fields, f)
		}
	case *Tuple:
		w(n.Elts)
	case *List:
		w(n.Elts)
	case *Set:
		w(n.Elts)
	case *Dict:
		for i, k := range n.Keys {
			w(k, n.Values[i])
		}
	case *Comp:
		for _, c := range n.Clauses {
			w(c.Iter, c.Target, c.Ifs)
		}
		w(n.Key, n.Elt)
	case *Unary:
		w(n.X)
	case *Binary:
		w(n.X, n.Y)
	case *Compare:
		w(n.X, n.Ys)
	case *Call:
		w(n.Fn)
		for _, a := range n.Args {
			w(a.Value)
		}
	case *Attr:
		w(n.X)
	case *Index:
		w(n.X, n.Sub)
	case *Slice:
		w(n.Lo, n.Hi, n.Step)
	case *Cond:
		w(n.If, n.Then, n.Else)
	case *Lambda:
		walkParams(n.Params, f)
		w(n.Body)
	case *Starred:
		w(n.X)
	case *Named:
		w(n.X, n.Name)
	case *Paren:
		w(n.X)
	case *ExprStmt:
		w(n.X)
	case *Assign:
		w(n.Value, n.Targets)
	case *AugAssign:
		w(n.Target, n.Value)
	case *AnnAssign:
		w(n.Value, n.Target)
	case *Return:
		w(n.X)
	case *Raise:
		w(n.X)
	case *Assert:
		w(n.Cond, n.Msg)
	case *Del:
		w(n.Targets)
	case *If:
		w(n.Cond, n.Body, n.Else)
	case *For:
		w(n.Iter, n.Target, n.Body, n.Else)
	case *While:
		w(n.Cond, n.Body, n.Else)
	case *Try:
		w(n.Body)
		for _, h := range n.Handlers {
			w(h.Name, h.Body)
		}
		w(n.Else, n.Finally)
	case *With:
		for _, it := range n.Items {
			w(it.X, it.Target)
		}
		w(n.Body)
	case *FuncDef:
		w(n.Decorators)
		walkParams(n.Params, f)
		w(n.Body)
	}
}

func walkParams(ps []Param, f func(Node) bool) {
	for _, p := range ps {
		if p.Default != nil {
			Walk(p.Default, f)
		}
	}
}

func walkFields(fs []Field, f func(Node) bool) {
	for _, field := range fs {
		if field.X != nil {
			Walk(field.X, f)
			walkFields(field.Spec, f)
		}
	}
}
