package syntax

// Walk calls f for every statement and expression below n, n first, in the order of the source; f returns
// whether to go deeper.
func Walk(n Node, f func(Node) bool) {
	if n == nil || !f(n) {
		return
	}
	x := func(e Expr) {
		if e != nil {
			Walk(e, f)
		}
	}
	xs := func(es []Expr) {
		for _, e := range es {
			x(e)
		}
	}
	body := func(b []Stmt) {
		for _, s := range b {
			Walk(s, f)
		}
	}
	params := func(ps []Param) {
		for _, p := range ps {
			x(p.Ann)
			x(p.Default)
		}
	}
	args := func(as []Arg) {
		for _, a := range as {
			x(a.Value)
		}
	}
	switch n := n.(type) {
	case *Str:
		for _, p := range n.Parts {
			walkFields(p.Fields, x)
		}
	case *Tuple:
		xs(n.Elts)
	case *List:
		xs(n.Elts)
	case *Set:
		xs(n.Elts)
	case *Dict:
		for i, k := range n.Keys {
			x(k)
			x(n.Values[i])
		}
	case *Comp:
		for _, c := range n.Clauses {
			x(c.Iter)
			x(c.Target)
			xs(c.Ifs)
		}
		x(n.Key)
		x(n.Elt)
	case *Unary:
		x(n.X)
	case *Binary:
		x(n.X)
		x(n.Y)
	case *Compare:
		x(n.X)
		xs(n.Ys)
	case *Call:
		x(n.Fn)
		args(n.Args)
	case *Attr:
		x(n.X)
	case *Index:
		x(n.X)
		x(n.Sub)
	case *Slice:
		x(n.Lo)
		x(n.Hi)
		x(n.Step)
	case *Cond:
		x(n.If)
		x(n.Then)
		x(n.Else)
	case *Lambda:
		params(n.Params)
		x(n.Body)
	case *Starred:
		x(n.X)
	case *Await:
		x(n.X)
	case *Yield:
		x(n.X)
	case *Named:
		x(n.X)
		x(n.Name)
	case *Paren:
		x(n.X)
	case *ExprStmt:
		x(n.X)
	case *Assign:
		x(n.Value)
		xs(n.Targets)
	case *AugAssign:
		x(n.Target)
		x(n.Value)
	case *AnnAssign:
		x(n.Value)
		x(n.Target)
	case *Return:
		x(n.X)
	case *Raise:
		x(n.X)
		x(n.Cause)
	case *Assert:
		x(n.Cond)
		x(n.Msg)
	case *Del:
		xs(n.Targets)
	case *If:
		x(n.Cond)
		body(n.Body)
		body(n.Else)
	case *For:
		x(n.Iter)
		x(n.Target)
		body(n.Body)
		body(n.Else)
	case *While:
		x(n.Cond)
		body(n.Body)
		body(n.Else)
	case *Try:
		body(n.Body)
		for _, h := range n.Handlers {
			x(h.Type)
			body(h.Body)
		}
		body(n.Else)
		body(n.Finally)
	case *With:
		for _, it := range n.Items {
			x(it.X)
			x(it.Target)
		}
		body(n.Body)
	case *FuncDef:
		xs(n.Decorators)
		params(n.Params)
		body(n.Body)
	case *ClassDef:
		xs(n.Decorators)
		args(n.Bases)
		body(n.Body)
	}
}

func walkFields(fs []Field, x func(Expr)) {
	for _, f := range fs {
		if f.X != nil {
			x(f.X)
			walkFields(f.Spec, x)
		}
	}
}
