package check

import (
	"iter"
	"slices"
	"sort"

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

// rootIdent returns a of a.b[c].d; nil when there is none.
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

// children returns the expressions directly below one, without functions' parameters.
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

// below returns the nodes directly below one, including arguments and parameters, but not names that belong to their
// node.
func below(n dialect.Node) []dialect.Node {
	var out []dialect.Node
	exprs := func(xs ...dialect.Expr) {
		for _, x := range xs {
			if x != nil {
				out = append(out, x)
			}
		}
	}
	params := func(list []*dialect.Param) {
		for _, p := range list {
			out = append(out, p)
		}
	}
	stmts := func(list []dialect.Stmt) {
		for _, s := range list {
			out = append(out, s)
		}
	}
	switch n := n.(type) {
	case *dialect.Arg:
		exprs(n.Value)
	case *dialect.Param:
		exprs(n.Type, n.Default)
		if n.Name != nil {
			exprs(n.Name)
		}
	case *dialect.CallExpr:
		exprs(n.Fn)
		for _, a := range n.Args {
			out = append(out, a)
		}
	case *dialect.LambdaExpr:
		params(n.Params)
		exprs(n.Body)
	case dialect.Expr:
		exprs(children(n)...)
	case *dialect.ExprStmt:
		exprs(n.X)
	case *dialect.AssignStmt:
		exprs(n.LHS, n.Type, n.RHS)
	case *dialect.DeclStmt:
		exprs(n.Name, n.Type)
	case *dialect.TypeStmt:
		exprs(n.Type)
	case *dialect.DefStmt:
		exprs(n.Name)
		params(n.Params)
		exprs(n.Result)
		stmts(n.Body)
	case *dialect.IfStmt:
		exprs(n.Cond)
		stmts(n.Then)
		stmts(n.Else)
	case *dialect.ForStmt:
		exprs(n.Vars, n.X)
		stmts(n.Body)
	case *dialect.ReturnStmt:
		exprs(n.Result)
	}
	return out
}

// reachedNodes returns the nodes of the file that can be reached, each before those below it.
func (c *checker) reachedNodes() []dialect.Node {
	var out []dialect.Node
	var add func(n dialect.Node)
	add = func(n dialect.Node) {
		if c.unreached[n] {
			return
		}
		out = append(out, n)
		for _, x := range below(n) {
			add(x)
		}
	}
	for _, s := range c.file.Stmts {
		add(s)
	}
	return out
}

// around returns the functions around a place, from the inside.
func (c *checker) around(r dialect.Range) []*function {
	at := sort.Search(len(c.order), func(i int) bool { return c.order[i].node.Span().Start > r.Start })
	if at == 0 {
		return nil
	}
	var out []*function
	for fn := c.order[at-1]; fn != nil; fn = fn.outer { // what begins before the place last, and all that is around that
		if outer := fn.node.Span(); r.End <= outer.End {
			out = append(out, fn)
		}
	}
	return out
}

// ranges are places of a file, which may lie in each other.
type ranges struct {
	starts []int
	ends   []int // the last end of all places so far
}

func newRanges(list []dialect.Range) *ranges {
	slices.SortFunc(list, func(a, b dialect.Range) int { return a.Start - b.Start })
	r, end := &ranges{}, -1
	for _, x := range list {
		end = max(end, x.End)
		r.starts, r.ends = append(r.starts, x.Start), append(r.ends, end)
	}
	return r
}

// around reports whether a range lies in one of the places.
func (r *ranges) around(x dialect.Range) bool {
	at := sort.SearchInts(r.starts, x.Start+1)
	return at > 0 && x.End <= r.ends[at-1]
}

// nodes yields the nodes of one type that can be reached, in the order of the source.
func nodes[T dialect.Node](c *checker) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, n := range c.nodes {
			if t, ok := n.(T); ok && !yield(t) {
				return
			}
		}
	}
}
