package check

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lints of statements and expressions that do not do what they seem to do.
const (
	UnreachableCode    Code = "unreachable-code"
	UselessStatement   Code = "useless-statement"
	DuplicateSubtest   Code = "duplicate-subtest"
	DuplicateKey       Code = "duplicate-key"
	NoReturnValue      Code = "no-return-value"
	ReturnWithoutValue Code = "return-without-value"
	SleepInsteadOfWait Code = "sleep-instead-of-wait"
)

func statementLints() []Lint {
	return []Lint{
		{Code: UnreachableCode, Severity: Warning, Superfluous: true,
			Title: "A statement is never reached.",
			Wrong: `def f():
    return 1
    print("done")

print(f())
`,
			Right: `def f():
    print("done")
    return 1

print(f())
`},
		{Code: UselessStatement, Severity: Warning, find: uselessStatements,
			Title: "A statement has no effect.",
			Text:  "A comparison as a statement asserts nothing, nor does `re.search`; `strip` and other methods of a str return a new one.",
			Wrong: `server: Machine
server.succeed("echo hi") == "hi\n"
`,
			Right: `server: Machine
t.assertEqual(server.succeed("echo hi"), "hi\n")
`},
		{Code: DuplicateSubtest, Severity: Warning, find: duplicateSubtests,
			Title: "Two subtests have the same name.",
			Wrong: `for _ in subtest("boots"):
    pass

for _ in subtest("boots"):
    pass
`,
			Right: `for _ in subtest("boots"):
    pass

for _ in subtest("boots again"):
    pass
`},
		{Code: DuplicateKey, Severity: Warning, find: duplicateKeys,
			Title: "A dict has a key twice.",
			Wrong: `ports = {"http": 80, "http": 8080}
print(ports)
`,
			Right: `ports = {"http": 80, "proxy": 8080}
print(ports)
`},
		{Code: NoReturnValue, Severity: Warning, find: noReturnValues,
			Title: "The result of a function is used that returns nothing.",
			Text:  "The value is always None. What can't be done with None is an error: none-value.",
			Wrong: `server: Machine
ready = server.wait_for_unit("sshd.service")
print(ready)
`,
			Right: `server: Machine
server.wait_for_unit("sshd.service")
`},
		{Code: ReturnWithoutValue, Severity: Warning, find: returnsWithoutValue,
			Title: "A return has no value, but others of the function have one.",
			Text:  "It is found where the script uses the function's result. A return of None that is meant is written `return None`.",
			Wrong: `server: Machine
def version():
    status, out = server.execute("nginx -v 2>&1")
    if status != 0:
        return
    return out.strip()

print(version())
`,
			Right: `server: Machine
def version():
    status, out = server.execute("nginx -v 2>&1")
    if status != 0:
        return None
    return out.strip()

print(version())
`},
		{Code: SleepInsteadOfWait, Severity: Warning, find: sleeps,
			Title: "A fixed sleep stands where a wait would do.",
			Text:  "A sleep is too long on a fast machine and too short on a slow one. A wait goes on as soon as its condition holds. It is found before a command that only looks: not before one that does something, and not before something that must not have happened.",
			Wrong: `server: Machine
server.sleep(10)
server.succeed("curl --fail http://localhost/")
`,
			Right: `server: Machine
server.wait_until_succeeds("curl --fail http://localhost/")
`},
	}
}

// uselessStatements warns of statements that compute or name something without using it.
func uselessStatements(c *checker) {
	for s := range nodes[*dialect.ExprStmt](c) {
		switch x := unparen(s.X).(type) {
		case *dialect.BinaryExpr:
			switch x.Op {
			case syntax.EQL, syntax.NEQ, syntax.LT, syntax.GT, syntax.LE, syntax.GE:
				c.report(UselessStatement, x.Range, "the result of this comparison is not used", "assign it, or assert it: t.assertEqual(a, b), assert(a == b)")
			case syntax.IN, syntax.NOT_IN, syntax.PLUS, syntax.MINUS, syntax.STAR, syntax.PERCENT, syntax.SLASH:
				c.report(UselessStatement, x.Range, "the result of this expression is not used", "")
			case syntax.AND, syntax.OR:
				if _, call := lastOperand(x).(*dialect.CallExpr); !call {
					c.report(UselessStatement, x.Range, "the result of this expression is not used", "assert it: assert(…)")
				}
			}
		case *dialect.DotExpr, *dialect.Ident:
			if c.typeOf(x).k != kFunc { // see notCalled
				c.report(UselessStatement, x.Span(), "this value is not used", "")
			}
		case *dialect.UnaryExpr:
			c.report(UselessStatement, x.Range, "the result of this expression is not used", "")
		case *dialect.CallExpr:
			if decl := c.declaredCallee(x); decl != nil && pure(decl) {
				c.report(UselessStatement, x.Range, fmt.Sprintf("the result of `%s` is not used, and it does nothing else", decl.Name), "assign it, or assert what it returns")
			}
		}
	}
}

// lastOperand returns the right side of an expression with `and` or `or`, which alone may have an effect.
func lastOperand(e dialect.Expr) dialect.Expr {
	for {
		e = unparen(e)
		b, ok := e.(*dialect.BinaryExpr)
		if !ok || b.Op != syntax.AND && b.Op != syntax.OR {
			return e
		}
		e = b.Y
	}
}

// pure reports whether a function does nothing but return a value, and is not called just to see whether it fails.
func pure(f *api.Function) bool {
	switch f.Owner {
	case "str":
		return f.Name != "index" && f.Name != "rindex"
	case "re", "math", "base64":
		return f.Name != "compile"
	case "shlex":
		return f.Name != "split"
	case "dict":
		return slices.Contains([]string{"get", "items", "keys", "values"}, f.Name)
	case "set":
		return f.Result.Name != "None" && f.Name != "pop"
	case "":
		return slices.Contains([]string{"abs", "all", "any", "bool", "enumerate", "float", "hasattr", "int", "len", "list", "max", "min", "range", "repr",
			"reversed", "sorted", "str", "tuple", "type", "zip"}, f.Name)
	case "Machine":
		return f.Name == "is_up"
	case "Match":
		return true
	}
	return false
}

// duplicateSubtests warns of two subtests at top level with the same name.
func duplicateSubtests(c *checker) {
	seen := map[string]dialect.Range{}
	for s := range nodes[*dialect.ForStmt](c) {
		call, ok := unparen(s.X).(*dialect.CallExpr)
		if !ok || len(call.Args) == 0 || c.inFunction(s) {
			continue
		}
		id, ok := call.Fn.(*dialect.Ident)
		if !ok || id.Name != "subtest" || c.uses[id] != nil {
			continue
		}
		name, ok := c.constString(call.Args[0].Value)
		if !ok {
			continue
		}
		if first, again := seen[name]; again {
			c.report(DuplicateSubtest, call.Args[0].Range, fmt.Sprintf("there is a subtest of this name already, at line %d: reports can't tell them apart", c.file.Position(first.Start).Line), "")
			continue
		}
		seen[name] = call.Args[0].Range
	}
}

func (c *checker) inFunction(n dialect.Node) bool {
	return len(c.around(n.Span())) > 0
}

func duplicateKeys(c *checker) {
	for d := range nodes[*dialect.DictExpr](c) {
		seen := map[string]bool{}
		for _, x := range d.List {
			l, ok := unparen(x.Key).(*dialect.Literal)
			if !ok {
				continue
			}
			key := fmt.Sprintf("%T %v", l.Value, l.Value)
			if seen[key] {
				c.report(DuplicateKey, l.Range, fmt.Sprintf("the key %s is in this dict twice", l.Raw), "")
			}
			seen[key] = true
		}
	}
}

// noReturnValues warns of uses of what a function returns that never returns a value. As a condition, as an operand and
// as the result that retry waits for it is an error when the function is declared.
func noReturnValues(c *checker) {
	tested, alone := map[dialect.Expr]bool{}, map[dialect.Expr]bool{}
	for _, e := range c.tested() {
		tested[e] = true
	}
	for s := range nodes[*dialect.ExprStmt](c) {
		alone[s.X] = true
	}
	expected := c.expectedFailures()
	for call := range nodes[*dialect.CallExpr](c) {
		t := c.called(call)
		if alone[call] || t == nil || t.k != kFunc || t.fn.result.k != kNone || expected.around(call.Range) || c.reported[findingKey{NoneValue, call.Range}] {
			continue
		}
		always := fmt.Sprintf("`%s` returns nothing: the value is always None", c.text(call.Fn))
		switch {
		case tested[call] && t.fn.decl != nil:
			c.report(NoneValue, call.Range, always+", which counts as false", c.insteadOf(t.fn))
		case tested[call] || c.usesResult(call):
			c.report(NoReturnValue, call.Range, always, "")
		}
	}
	for _, a := range c.passed {
		if f := c.typeOf(a.value); a.fn.FullName() == "retry" && f.k == kFunc && f.fn.result.k == kNone && !expected.around(a.value.Span()) {
			if _, isLambda := unparen(a.value).(*dialect.LambdaExpr); !isLambda {
				c.report(NoneValue, a.value.Span(), fmt.Sprintf("`%s` returns nothing, and `retry` calls it until it returns a true value", c.text(a.value)), "return True where it is done")
			}
		}
	}
}

// returnsWithoutValue warns of a return without a value in a function that returns one elsewhere, if the script uses its result.
func returnsWithoutValue(c *checker) {
	used := map[*function]bool{}
	parents := c.parents()
	for call := range nodes[*dialect.CallExpr](c) {
		if t := c.called(call); t != nil && t.k == kFunc && t.fn.local != nil {
			if _, alone := parents[call].(*dialect.ExprStmt); !alone {
				used[t.fn.local] = true
			}
		}
	}
	for _, fn := range c.order {
		if fn.valueReturn == nil || !used[fn] || c.calledBack(fn) {
			continue
		}
		for _, s := range fn.bareReturns {
			if !c.unreached[s] {
				c.report(ReturnWithoutValue, s.Range, fmt.Sprintf("this returns None, but line %d returns a value", c.file.Position(fn.valueReturn.Start).Line), "write what it returns, or return None")
			}
		}
	}
}

// insteadOf returns what to do instead of testing the result of a function that returns nothing.
func (c *checker) insteadOf(f *fnType) string {
	if strings.Contains(f.name, "wait_") {
		return "a wait fails the test by itself when its time is up"
	}
	return ""
}

// usesResult reports whether something is done with the value of a call.
func (c *checker) usesResult(call *dialect.CallExpr) bool {
	parents := c.parents()
	var below dialect.Node = call
	for {
		switch p := parents[below].(type) {
		case *dialect.ParenExpr, *dialect.CondExpr, *dialect.ListExpr, *dialect.TupleExpr, *dialect.Comprehension:
			below = p
			continue
		case *dialect.BinaryExpr:
			switch p.Op {
			case syntax.AND, syntax.OR:
				below = p
				continue
			case syntax.EQL, syntax.NEQ:
				return !isNone(unparen(p.X)) && !isNone(unparen(p.Y))
			}
			return true
		case *dialect.DictExpr:
			return true
		case *dialect.AssignStmt:
			if id, ok := unparen(p.LHS).(*dialect.Ident); ok && (c.uses[id] != nil && c.uses[id].declared != nil || strings.HasPrefix(id.Name, "_")) {
				return false
			}
			return p.Op == syntax.EQ && p.Type == nil
		case *dialect.Arg:
			outer, ok := parents[p].(*dialect.CallExpr)
			if !ok {
				return false
			}
			decl := c.declaredCallee(outer)
			if decl == nil || len(outer.Args) > 1 && slices.ContainsFunc(outer.Args, func(a *dialect.Arg) bool { return isNone(unparen(a.Value)) }) {
				return false
			}
			return decl.FullName() != "t.assertIsNone" && decl.Name != "type" && decl.Name != "repr"
		}
		return false
	}
}

// parents returns for each reachable node the one that it is directly below.
func (c *checker) parents() map[dialect.Node]dialect.Node {
	if c.parentOf == nil {
		c.parentOf = make(map[dialect.Node]dialect.Node, len(c.nodes))
		for _, n := range c.nodes {
			for _, x := range below(n) {
				c.parentOf[x] = n
			}
		}
	}
	return c.parentOf
}

// sleeps warns of a sleep before a call of the same machine if a wait could replace it. Nothing can be waited for that
// must not happen, and no command is repeated that does something.
func sleeps(c *checker) {
	for _, list := range c.lists() {
		for i := 1; i < len(list) && !c.unreached[list[i-1]]; i++ {
			sleep, machine, method := machineCall(list[i-1])
			call, same, then := machineCall(list[i])
			if method != "sleep" || same != machine {
				continue
			}
			command := ""
			if len(call.Args) > 0 {
				command = c.beginning(call.Args[0].Value)
			}
			if message, hint := Sleep(then, command, nil); message != "" && !slices.ContainsFunc(list[i:min(i+4, len(list))], c.mustNotBe) {
				c.report(SleepInsteadOfWait, sleep.Range, message, hint)
			}
		}
	}
}

var (
	// prefix matches what runs another command, and that command's first word.
	prefix   = lazyre.Compile(`^\s*(?:(?:sudo|timeout|env|su|runuser|nice)\s+(?:-\w+\s+)*(?:-u\s*\S+\s+|\d+s?\s+|\w+=\S+\s+|-\s+\S+\s+-c\s+['"]?|\S+\s+-c\s+['"]?|--\s+)*)*(\S+)`)
	looker   = lazyre.Compile(`^(.*/)?(\[\[?|awk|cat|cmp|curl|diff|dig|dmesg|drill|[ez]?grep|find|findmnt|getent|head|host|id|ifconfig|journalctl|jq|ls|lsblk|lsof|mountpoint|n?cat|nc|netstat|nslookup|pgrep|pidof|ping6?|ps|rg|ss|stat|tail|test|tree|true|wc|wget|who|whoami)$`)
	asks     = lazyre.Compile(`(?i)\bsystemctl\s+(-\S+\s+)*(is-\w+|status|show|list-\w+)\b|\bselect\b|\b(docker|podman)\s+(ps|logs|inspect)\b|\bkubectl\s+(get|describe|logs)\b|\bip\s+(-\S+\s+)*(a|addr|address|l|link|r|route|neigh)(\s+show\b|\s*(\||$))|\bwg\s+show\b|\bxdotool\s+search\b`)
	acts     = lazyre.Compile(`\bxargs\b|\btee\b|[^&2]>\s*[^&\s/]|-X\s*(POST|PUT|DELETE|PATCH)|--data|\s-d\s`)
	negative = lazyre.Compile(`(^|[;&|({]\s*)!\s|\[\[?\s+!\s|test\s+!\s|grep\s+-\w*[vLc]|-eq\s+0|-z\s|!=|\bNRestarts\b|wc\s+-`)
)

// Sleep returns the message about a sleep before a call of the same machine, whose first argument may be a command, and a hint. It
// is empty if the sleep has a reason: the command does something, or a text in what follows says that something is not so.
func Sleep(then, command string, texts []string) (message, hint string) {
	waits := map[string]string{"succeed": "wait_until_succeeds", "execute": "wait_until_succeeds", "require_unit_state": "wait_for_unit", "get_screen_text": "wait_for_text"}
	if waits[then] == "" || (then == "succeed" || then == "execute") && !onlyLooks(command) || slices.ContainsFunc(texts, negative().MatchString) {
		return "", ""
	}
	return fmt.Sprintf("this always takes its time, and is too short on a slow machine: wait for what `%s` needs", then), "write " + waits[then] + "(…)"
}

// onlyLooks reports whether a command looks for something that may come later, and does nothing.
func onlyLooks(command string) bool {
	m := prefix().FindStringSubmatch(command)
	return m != nil && (looker().MatchString(m[1]) || asks().MatchString(command)) && !acts().MatchString(command)
}

// beginning returns the known beginning of a text that is put together.
func (c *checker) beginning(e dialect.Expr) string {
	switch x := unparen(e).(type) {
	case *dialect.BinaryExpr:
		if x.Op == syntax.PLUS || x.Op == syntax.PERCENT {
			return c.beginning(x.X)
		}
	case *dialect.CallExpr:
		if d, ok := x.Fn.(*dialect.DotExpr); ok && d.Name.Name == "format" {
			return c.beginning(d.X)
		}
	}
	s, _ := c.constString(e)
	return s
}

// mustNotBe reports whether a statement asserts that something is not, or is as before.
func (c *checker) mustNotBe(s dialect.Stmt) bool {
	var found bool
	var look func(n dialect.Node)
	look = func(n dialect.Node) {
		switch n := n.(type) {
		case *dialect.Literal:
			text, ok := n.Value.(string)
			found = found || ok && negative().MatchString(text)
		case *dialect.BinaryExpr:
			found = found || n.Op == syntax.NEQ || n.Op == syntax.NOT_IN || n.Op == syntax.EQL || n.Op == syntax.LT || n.Op == syntax.LE
		case *dialect.UnaryExpr:
			found = found || n.Op == syntax.NOT
		case *dialect.CallExpr:
			name := lastName(n.Fn)
			found = found || name == "fail" || strings.HasPrefix(name, "assertNot") || strings.HasPrefix(name, "assertIsNot") || strings.HasPrefix(name, "assertLess") ||
				name == "assertFalse" || name == "assertIsNone" || name == "assertEqual" || name == "ne" || name == "eq"
		}
		for _, x := range below(n) {
			look(x)
		}
	}
	look(s)
	return found
}

// lists returns the reachable lists of statements.
func (c *checker) lists() [][]dialect.Stmt {
	lists := [][]dialect.Stmt{c.file.Stmts}
	for s := range nodes[dialect.Stmt](c) {
		switch s := s.(type) {
		case *dialect.DefStmt:
			lists = append(lists, s.Body)
		case *dialect.IfStmt:
			lists = append(lists, s.Then, s.Else)
		case *dialect.ForStmt:
			lists = append(lists, s.Body)
		}
	}
	return lists
}

// machineCall returns a statement's call of a method of a name, nil when it has none.
func machineCall(s dialect.Stmt) (call *dialect.CallExpr, machine, method string) {
	var e dialect.Expr
	switch s := s.(type) {
	case *dialect.ExprStmt:
		e = s.X
	case *dialect.AssignStmt:
		e = s.RHS
	}
	call, ok := e.(*dialect.CallExpr)
	if !ok {
		return nil, "", ""
	}
	d, ok := call.Fn.(*dialect.DotExpr)
	if !ok {
		return nil, "", ""
	}
	id, ok := d.X.(*dialect.Ident)
	if !ok {
		return nil, "", ""
	}
	return call, id.Name, d.Name.Name
}
