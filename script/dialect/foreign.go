package dialect

import (
	"bytes"
	"fmt"

	"go.starlark.net/syntax"
)

// foreignStmt reports a statement of Python that the language lacks. Its block is parsed.
func (p *parser) foreignStmt() Stmt {
	word, r := p.text(), p.here()
	message, hint := fmt.Sprintf("the test language has no `%s`", word), foreignHints[word]
	if word == "@" {
		message = "the test language has no decorators"
		if bytes.HasPrefix(p.src[r.End:], []byte("polling_condition")) {
			hint = "write `name = polling_condition(function)` behind the function"
		}
	}
	p.fail(r, message, hint)
	for p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		p.next()
	}
	s := &BadStmt{Range: p.since(r.Start)}
	p.got(syntax.NEWLINE)
	if p.tok() == syntax.INDENT {
		p.next()
		return &IfStmt{Range: s.Range, Cond: &BadExpr{Range: s.Range}, Then: p.block()}
	}
	return s
}

var foreignHints = map[string]string{
	"with":     "write `for _ in subtest(\"…\"):`, whose block runs once, or pass a function: `subtest(\"…\", fn)`",
	"while":    "use `for _ in range(n):`, a wait (`wait_until_succeeds`, `wait_for_…`) or `retry(fn)`",
	"import":   "json, math, time, re, shlex, base64, os and random are there without an import; own files: load(\"helpers.star\", \"name\")",
	"from":     "json, math, time, re, shlex, base64, os and random are there without an import; own files: load(\"helpers.star\", \"name\")",
	"try":      "to expect a failure use `machine.fail(…)`, `machine.execute(…)` or `t.assertRaises(fn)`",
	"except":   "to expect a failure use `machine.fail(…)`, `machine.execute(…)` or `t.assertRaises(fn)`",
	"raise":    "write `fail(\"message\")`",
	"class":    "use functions, dicts and `struct(…)`",
	"del":      "use `list.pop(index)` or `dict.pop(key)`",
	"global":   "keep the state in a list or dict, which functions may change",
	"nonlocal": "keep the state in a list or dict, which functions may change",
	"yield":    "collect the values in a list and return it",
}
