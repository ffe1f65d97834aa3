package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

// shared finds variables whose container somebody else can reach: what others put into it is not seen by
// looking at the variable alone, so that nothing is known about their elements.
func shared(r *resolver) map[*variable]bool {
	out := map[*variable]bool{}
	mark := func(x syntax.Expr) {
		if n, ok := unparen(x).(*syntax.Name); ok && r.names[n] != nil {
			out[r.names[n]] = true
		}
	}
	for _, st := range r.file.Body {
		syntax.Walk(st, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Assign:
				if _, ok := unparen(n.Value).(*syntax.Name); ok {
					mark(n.Value)
					for _, t := range n.Targets {
						mark(t)
					}
				}
				if len(n.Targets) > 1 {
					for _, t := range n.Targets {
						mark(t)
					}
				}
			case *syntax.Call:
				mutates := false
				if f, ok := n.Fn.(*syntax.Name); ok && r.names[f] != nil {
					mutates = !r.names[f].free
				}
				if a, ok := n.Fn.(*syntax.Attr); ok {
					mutates = a.Name == "append" || a.Name == "insert" || a.Name == "setdefault" || a.Name == "add"
				}
				if mutates {
					for _, a := range n.Args {
						mark(a.Value)
					}
				}
			case *syntax.List:
				for _, e := range n.Elts {
					mark(e)
				}
			case *syntax.Tuple:
				for _, e := range n.Elts {
					mark(e)
				}
			case *syntax.Dict:
				for _, e := range n.Values {
					mark(e)
				}
			case *syntax.Return:
				if n.X != nil {
					mark(n.X)
				}
			}
			return true
		})
	}
	for _, v := range r.all {
		if v.param {
			out[v] = true
		}
	}
	return out
}
