package check

import (
	"context"
	"reflect"
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// slips makes mutants with mistakes that are typical of people: a call forgotten, a line lost, a habit of Python or of the
// shell. They are found when any finding names them, wherever it is.
func slips(name string, src []byte) []mutant {
	f, err := dialect.Parse(name, src)
	if err != nil {
		panic(err)
	}
	m := &mutator{f: f, src: string(src), funcs: map[string]*dialect.DefStmt{}, names: map[string]bool{}}
	c := Analyse(context.Background(), Config{Load: corpusConfig(name).Load}, name, src).c
	m.walk(reflect.ValueOf(f.Stmts), func(n dialect.Node) {
		if d, ok := n.(*dialect.DefStmt); ok {
			m.funcs[d.Name.Name] = d
		}
	})
	s := &slipper{m, c}
	s.block(f.Stmts)
	m.walk(reflect.ValueOf(f.Stmts), s.node)
	for i := range m.out {
		m.out[i].slip = true
	}
	return m.out
}

type slipper struct {
	*mutator
	c *checker
}

// block mutates the statements of a list as a whole.
func (s *slipper) block(list []dialect.Stmt) {
	for _, st := range list {
		switch st := st.(type) {
		case *dialect.AssignStmt:
			s.assignment(st)
		case *dialect.DefStmt:
			s.block(st.Body)
		case *dialect.IfStmt:
			s.block(st.Then)
			s.block(st.Else)
		case *dialect.ForStmt:
			s.block(st.Body)
		case *dialect.ReturnStmt:
			if st.Result != nil {
				s.slip("return left out", dialect.Range{Start: st.Start, End: st.Result.Span().Start}, "")
			}
		}
	}
}

func (s *slipper) slip(kind string, r dialect.Range, text string) { s.replace(kind, false, r, text) }

// assignment loses an assignment, or makes it depend on a condition.
func (s *slipper) assignment(st *dialect.AssignStmt) {
	id, ok := st.LHS.(*dialect.Ident)
	if !ok || st.Op != syntax.EQ || strings.HasPrefix(id.Name, "_") || strings.Contains(s.text(st), "\n") {
		return
	}
	sym := s.global(id)
	if sym == nil || sym.assigned != 1 || len(sym.refs) == 0 {
		return
	}
	s.slip("first value lost", st.Range, "pass")
	s.slip("value of one branch", st.Range, "if len(machines) > 1:\n"+strings.Repeat(" ", s.f.Position(st.Start).Column+3)+s.text(st))
}

// global returns the script's name at top level that an identifier sets, when something at top level reads it.
func (s *slipper) global(id *dialect.Ident) *symbol {
	for _, sym := range s.c.global.syms {
		if sym.name != id.Name || sym.defs[0] != id.Range {
			continue
		}
		for _, ref := range sym.refs {
			if len(s.c.around(ref)) == 0 && s.indent(ref) == 0 {
				return sym
			}
		}
	}
	return nil
}

func (s *slipper) indent(r dialect.Range) int {
	line := s.f.Line(s.f.Position(r.Start).Line)
	return len(line) - len(strings.TrimLeft(line, " "))
}

func (s *slipper) node(n dialect.Node) {
	switch n := n.(type) {
	case *dialect.CallExpr:
		s.called(n)
	case *dialect.BinaryExpr:
		s.operator(n)
	case *dialect.IndexExpr:
		if call, ok := n.X.(*dialect.CallExpr); ok && lastName(call.Fn) == "execute" {
			s.slip("status and output not told apart", dialect.Range{Start: call.End, End: n.End}, "")
			s.slip("index beyond the tuple", n.Index.Span(), "2")
		}
	case *dialect.AssignStmt:
		if tuple, ok := n.LHS.(*dialect.TupleExpr); ok && len(tuple.List) == 2 {
			if call, ok := n.RHS.(*dialect.CallExpr); ok && lastName(call.Fn) == "execute" {
				s.slip("unpacked from succeed", call.Fn.(*dialect.DotExpr).Name.Range, "succeed")
			}
		}
	case *dialect.IfStmt:
		s.slip("colon left out", dialect.Range{Start: n.Cond.Span().End, End: n.Cond.Span().End + 1}, "")
		if b, ok := n.Cond.(*dialect.BinaryExpr); ok && b.Op == syntax.EQL {
			s.slip("assigned in a condition", b.OpPos, "=")
		}
	case *dialect.UnaryExpr:
		if n.Op == syntax.NOT {
			s.slip("operator of the shell", dialect.Range{Start: n.Start, End: n.Start + 4}, "!")
		}
	case *dialect.Ident:
		if w := map[string]string{"True": "true", "False": "false", "None": "null"}[n.Name]; w != "" {
			s.slip("constant of another language", n.Range, w)
		}
	case *dialect.ForStmt:
		if call, ok := n.X.(*dialect.CallExpr); ok && lastName(call.Fn) == "subtest" {
			s.slip("with instead of for", dialect.Range{Start: n.Start, End: n.X.Span().Start}, "with ")
			s.slip("subtest without its loop", dialect.Range{Start: n.Start, End: n.X.Span().Start}, "if ")
		}
	case *dialect.Literal:
		if text, ok := n.Value.(string); ok && n.Token == syntax.STRING && len(n.Raw) == len(text)+2 && !strings.ContainsAny(text, "'\"") {
			s.slip("quote left out", dialect.Range{Start: n.End - 1, End: n.End}, "")
		}
	}
}

func (s *slipper) called(c *dialect.CallExpr) {
	name := lastName(c.Fn)
	if d := s.declared(c); d != nil && name != "range" {
		if len(c.Args) == 0 {
			s.slip("call without ()", dialect.Range{Start: c.Lparen, End: c.End}, "")
		}
		s.slip("bracket left out", dialect.Range{Start: c.Rparen, End: c.Rparen + 1}, "")
		if d.Owner == "Machine" && d.Result.Name == "None" {
			s.slip("length of nothing", c.Range, "len("+s.text(c)+")")
		}
		if d.Owner == "Machine" && d.Result.Name == "str" {
			s.slip("output compared with a number", c.Range, "("+s.text(c)+" == 1)")
		}
		for _, a := range c.Args {
			if a.Name != nil && strings.HasSuffix(a.Name.Name, "timeout") {
				if n, ok := s.c.constNumber(a.Value); ok && n > 5 && d.Param(a.Name.Name) != nil {
					s.slip("time in milliseconds", a.Value.Span(), s.text(a.Value)+" * 1000")
				}
			}
		}
		if len(c.Args) == 2 && c.Args[0].Name == nil && c.Args[1].Name == nil && len(d.Params) > 1 &&
			s.c.typeOf(c.Args[0].Value).k != s.c.typeOf(c.Args[1].Value).k && d.Params[0].Type.String() != d.Params[1].Type.String() && d.Owner == "Machine" {
			s.slip("arguments in the wrong order", dialect.Range{Start: c.Args[0].Start, End: c.Args[1].End}, s.text(c.Args[1])+", "+s.text(c.Args[0]))
		}
	}
	dot, method := c.Fn.(*dialect.DotExpr)
	if !method {
		if name == "assert" && len(c.Args) > 0 {
			s.slip("assert left out", c.Range, s.text(c.Args[0].Value))
		}
		return
	}
	switch name {
	case "format":
		if lit, ok := dot.X.(*dialect.Literal); ok {
			s.slip("f before the text", dialect.Range{Start: lit.Start, End: lit.Start}, "f")
			s.slip("brace of a field left out", dialect.Range{Start: lit.Start, End: lit.End}, strings.Replace(lit.Raw, "}", "", 1))
		}
	case "assertEqual", "assertIn", "assertTrue":
		if len(c.Args) > 0 && s.c.typeOf(c.Args[0].Value).k == kStr {
			s.slip("asserted of a number", c.Args[0].Value.Span(), "1") // a str never equals one, and a str contains none
		}
	}
}

func (s *slipper) operator(e *dialect.BinaryExpr) {
	switch e.Op {
	case syntax.AND:
		s.slip("operator of the shell", e.OpPos, "&&")
	case syntax.OR:
		s.slip("operator of the shell", e.OpPos, "||")
	case syntax.EQL, syntax.NEQ:
		if lit, ok := e.Y.(*dialect.Literal); ok {
			x := s.c.typeOf(e.X).k
			switch {
			case lit.Token == syntax.INT && x == kInt:
				s.slip("number in quotes", lit.Range, `"`+lit.Raw+`"`)
			case lit.Token == syntax.STRING && x == kStr:
				s.slip("compared with a number", lit.Range, "0")
			}
		}
		if call, ok := e.X.(*dialect.CallExpr); ok && (lastName(call.Fn) == "int" || lastName(call.Fn) == "len") && len(call.Args) == 1 && s.c.typeOf(call.Args[0].Value).k != kAny {
			s.slip("conversion left out", call.Range, s.text(call.Args[0].Value))
		}
		if id, ok := e.Y.(*dialect.Ident); ok && id.Name == "None" {
			s.slip("is None", e.OpPos, " is ")
		}
	case syntax.PERCENT:
		if lit, ok := e.X.(*dialect.Literal); ok && lit.Token == syntax.STRING {
			s.slip("one value too many", e.Y.Span(), "(1, 2, 3, 4, 5, 6)")
		}
	}
}
