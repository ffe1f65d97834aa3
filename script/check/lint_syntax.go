package check

import (
	"fmt"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lints of syntax and comments.
const (
	SyntaxError        Code = "syntax-error"
	MisplacedStatement Code = "misplaced-statement"
	UnknownCode        Code = "unknown-code"
)

func syntaxLints() []Lint {
	return []Lint{
		{Code: SyntaxError, Severity: Error,
			Title: "The file does not follow the grammar.",
			Text:  "The test language is Starlark with type annotations. Its syntax is Python's, without `with`, `while`, `try`, `import`, `class`, f-strings and comparisons that are chained. All syntax errors of a file are reported, not only the first.",
			Wrong: `server: Machine
with subtest("boots"):
    server.wait_for_unit("multi-user.target")
`,
			Right: `server: Machine
for _ in subtest("boots"):
    server.wait_for_unit("multi-user.target")
`},
		{Code: MisplacedStatement, Severity: Error, find: misplacedStatements,
			Title: "A statement stands where it is not allowed.",
			Text:  "`return` belongs into a function, `break` and `continue` into a loop, `load` to the top level.",
			Wrong: `return
`,
			Right: `def stop():
    return

stop()
`},
		{Code: UnknownCode, Severity: Warning, find: unknownCodes,
			Title: "A comment names a code that does not exist.",
			Text:  "It leaves no finding out. `--explain all` shows the codes.",
			Wrong: `name = "x" # gotest: ignore[unused-varable]
print(name)
`,
			Right: `name = "x" # gotest: ignore[unused-variable]
`},
	}
}

// misplacedStatements reports what go.starlark.net's resolver rejects.
func misplacedStatements(c *checker) {
	if c.broken() {
		return
	}
	s := &structure{c: c}
	s.stmts(c.file.Stmts, false, false, true)
}

type structure struct{ c *checker }

func (s *structure) stmts(list []dialect.Stmt, inFunction, inLoop, topLevel bool) {
	for _, st := range list {
		switch st := st.(type) {
		case *dialect.DefStmt:
			s.params(st.Params)
			s.stmts(st.Body, true, false, false)
		case *dialect.IfStmt:
			s.stmts(st.Then, inFunction, inLoop, false)
			s.stmts(st.Else, inFunction, inLoop, false)
		case *dialect.ForStmt:
			s.target(st.Vars)
			s.stmts(st.Body, inFunction, true, false)
		case *dialect.AssignStmt:
			s.target(st.LHS)
		case *dialect.BranchStmt:
			if !inLoop && st.Token != syntax.PASS {
				s.c.report(MisplacedStatement, st.Range, st.Token.String()+" outside of a loop", "")
			}
		case *dialect.ReturnStmt:
			if !inFunction {
				s.c.report(MisplacedStatement, st.Range, "return outside of a function", "")
			}
		case *dialect.LoadStmt:
			if !topLevel {
				s.c.report(MisplacedStatement, st.Range, "load must stand at the top level of the file", "")
			}
		case *dialect.TypeStmt:
			if !topLevel {
				s.c.report(MisplacedStatement, st.Range, "a type must be named at the top level of the file", "")
			}
		}
	}
}

func (s *structure) target(e dialect.Expr) {
	switch e := unparen(e).(type) {
	case *dialect.Ident, *dialect.IndexExpr, *dialect.DotExpr, *dialect.BadExpr:
	case *dialect.TupleExpr:
		for _, x := range e.List {
			s.target(x)
		}
	case *dialect.ListExpr:
		for _, x := range e.List {
			s.target(x)
		}
	default:
		s.c.report(MisplacedStatement, e.Span(), "this can't be assigned to", "")
	}
}

func (s *structure) params(list []*dialect.Param) {
	seen := map[string]bool{}
	star, starStar, optional := false, false, false
	for i, p := range list {
		message := ""
		switch {
		case starStar:
			message = "no parameter may stand behind **"
		case p.Star == 2:
			starStar = true
		case p.Star == 1 && star:
			message = "there is a * already"
		case p.Star == 1:
			star = true
			if p.Name == nil && (i+1 == len(list) || list[i+1].Star > 0) {
				message = "a parameter must stand behind *"
			}
		case p.Default != nil:
			optional = true
		case optional && !star:
			message = "a parameter without a default stands behind one that has one"
		}
		if p.Name != nil && p.Name.Name != "" {
			if seen[p.Name.Name] {
				message = fmt.Sprintf("two parameters are called `%s`", p.Name.Name)
			}
			seen[p.Name.Name] = true
		}
		if message != "" {
			s.c.report(MisplacedStatement, p.Range, message, "")
		}
	}
}

// unknownCodes warns of comments that suppress nothing because their codes don't exist.
func unknownCodes(c *checker) {
	for _, named := range c.ignores.named {
		if _, known := c.loader.lints.lookup(named.code); known {
			continue
		}
		hint, fixes := didYouMean(string(named.code), c.loader.lints.codes(), named.at)
		if hint == "" {
			hint = "gotest-driver check --explain all shows them"
		}
		c.report(UnknownCode, named.at, fmt.Sprintf("there is no code `%s`", named.code), hint, fixes...)
	}
}
