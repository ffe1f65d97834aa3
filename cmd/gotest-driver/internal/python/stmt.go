package python

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// block lowers statements; limit is where the next statement after the block begins.
func (l *lowerer) block(body []syntax.Stmt, limit int) {
	for i := 0; i < len(body); i++ {
		start := body[i].Range().Start
		l.flushComments(start, 0)
		l.gap(start)
		l.stmtStart = start
		if n := l.fork(body[i:]); n > 0 {
			i += n - 1
			continue
		}
		next := limit
		if i+1 < len(body) {
			next = body[i+1].Range().Start
		}
		l.stmt(body[i], next)
	}
	if len(body) > 0 {
		if _, col := l.file.LineCol(body[0].Range().Start); col > 1 {
			l.flushComments(limit, col-1)
		}
	}
}

// line writes a statement on its own lines, with the comments of its source.
func (l *lowerer) line(s syntax.Node, e ex) { l.header(s.Range().Start, s.Range().End, e) }

func (l *lowerer) header(start, end int, e ex) {
	l.out.emit(start, e, l.commentsAt(start, end))
}

// headEnd returns where the head of a compound statement with the given body ends.
func (l *lowerer) headEnd(start int, body []syntax.Stmt) int {
	head := l.file.Source[start:body[0].Range().Start]
	return start + len(linesWithout().ReplaceAllString(head, ""))
}

// linesWithout matches the lines without code at the end of a text.
var linesWithout = lazyre.Compile(`(\n\s*(#[^\n]*)?)+$`)

func (l *lowerer) stmt(s syntax.Stmt, next int) {
	if text := l.needless(s); text != "" {
		l.line(s, txt(text))
		return
	}
	switch s := s.(type) {
	case *syntax.ExprStmt:
		l.exprStmt(s)
	case *syntax.Assign:
		l.assign(s)
	case *syntax.AugAssign:
		l.augAssign(s)
	case *syntax.AnnAssign:
		l.annAssign(s)
	case *syntax.Return:
		if s.X == nil {
			l.line(s, txt("return"))
			return
		}
		l.line(s, cat("return ", l.expr(s.X)))
	case *syntax.Raise:
		l.raise(s)
	case *syntax.Assert:
		l.assert(s)
	case *syntax.Simple:
		if s.Word == "pass" {
			l.line(s, txt("pass"))
			return
		}
		l.jump(s.Start, s.Word, l.commentsAt(s.Start, s.End))
	case *syntax.Del:
		l.del(s)
	case *syntax.Scope:
		l.finding(s, "scope", "`"+s.Word+"`", "pass the value on and return it, or keep it in a dict")
	case *syntax.Import:
		l.trailing(s.Start, s.End) // each use of a member names the module
		l.imports = append(l.imports, s)
	case *syntax.If:
		l.ifStmt(s, next)
	case *syntax.For:
		l.forStmt(s, next)
	case *syntax.While:
		l.while(s, next)
	case *syntax.Try:
		l.try(s)
	case *syntax.With:
		l.with(s.Items, s, next)
	case *syntax.FuncDef:
		l.funcDef(s, next)
	case *syntax.ClassDef:
		l.finding(s, "class", "a class", "write functions, and struct(…) or dicts for data")
	case *syntax.Other:
		l.finding(s, s.Word, "`"+s.Word+"`", map[string]string{"match": "write if and elif"}[s.Word])
	}
}

// hoists writes an assignment expression that is evaluated first in its statement as a separate statement.
func (l *lowerer) hoists(x syntax.Expr) {
	switch x := unparen(x).(type) {
	case *syntax.Named:
		l.hoists(x.X)
		l.out.emit(x.Start, at(l.names[x.Name].out, x.Start), " = ", l.expr(x.X))
		l.hoisted[x] = true
	case *syntax.Compare:
		l.hoists(x.X)
	case *syntax.Unary:
		l.hoists(x.X)
	}
}

func (l *lowerer) exprStmt(s *syntax.ExprStmt) {
	switch x := unparen(s.X).(type) {
	case *syntax.Call:
		if e, ok := l.resort(x); ok {
			l.line(s, e)
			return
		}
	case *syntax.Name:
		if x.ID == "..." {
			l.line(s, txt("pass"))
			return
		}
	}
	l.line(s, l.bare(s.X))
}

// Statements that the Python driver needs and this one does not: it knows new machines, and reconnects to a machine that
// has rebooted.
var (
	registers  = []func() pattern{newPattern("D.machines.append(M)"), newPattern("D.machines_qemu.append(M)"), newPattern("D.machines_nspawn.append(M)")}
	reconnects = newPattern("M.connected = False")
)

// needless returns a comment that replaces a statement that this driver does not need, empty for others.
func (l *lowerer) needless(s syntax.Stmt) string {
	if m := reconnects().match(s); m != nil && l.of(m["M"]).only(kMachine) {
		return "pass  # the driver reconnects to a machine that has rebooted"
	}
	for _, p := range registers {
		if m := p().match(s); m != nil && l.of(m["D"]).is("Driver") {
			return "pass  # the driver knows machines of create_machine"
		}
	}
	return ""
}

func (l *lowerer) assign(s *syntax.Assign) {
	first := unparen(s.Targets[0])
	_, name := first.(*syntax.Name)
	if len(s.Targets) > 1 && !name {
		l.finding(s, "assignment", "an assignment to several targets, of which the first is no variable,", "write several assignments")
		return
	}
	if len(s.Targets) == 1 && l.addUp(s) {
		return
	}
	value := l.expr(s.Value)
	if len(s.Targets) == 1 && l.unpackRest(s, value) {
		return
	}
	if _, call := unparen(s.Value).(*syntax.Call); len(eltsOf(first)) > 0 && l.of(s.Value).only(kStr) && !call {
		value = cat(value.paren(precPrimary), ".codepoints()")
	}
	for _, t := range s.Targets { // from left to right; the value is evaluated once
		l.line(s, cat(l.target(unparen(t)), " = ", value))
		value = l.target(first)
	}
}

// eltsOf returns the elements of a target that is a tuple or a list.
func eltsOf(t syntax.Expr) []syntax.Expr {
	switch t := unparen(t).(type) {
	case *syntax.Tuple:
		return t.Elts
	case *syntax.List:
		return t.Elts
	}
	return nil
}

// unpackRest lowers `a, *b = list`: one name for the rest, which is a slice.
func (l *lowerer) unpackRest(s *syntax.Assign, value ex) bool {
	elts := eltsOf(s.Targets[0])
	rest := slices.IndexFunc(elts, isStarred)
	if rest < 0 || !l.of(s.Value).only(kList) || starred(elts[rest+1:]) {
		return false
	}
	if !isSimple(s.Value) {
		name := l.fresh("values")
		l.line(s, cat(name, " = ", value))
		value = txt(name)
	}
	value = value.paren(precPrimary)
	var targets, values []ex
	for i, x := range elts {
		index := i
		if i > rest {
			index = i - len(elts) // from the end
		}
		place := strconv.Itoa(index)
		if i == rest {
			x = x.(*syntax.Starred).X
			place = strings.TrimPrefix(place, "0") + ":" + strings.TrimPrefix(strconv.Itoa(i+1-len(elts)), "0")
		}
		targets, values = append(targets, l.nested(x)), append(values, cat(value, "["+place+"]"))
	}
	l.line(s, cat(commas(targets), " = ", commas(values)))
	return true
}

// addUp lowers name = sum(…) to a loop.
func (l *lowerer) addUp(s *syntax.Assign) bool {
	n, ok := s.Targets[0].(*syntax.Name)
	c, isCall := s.Value.(*syntax.Call)
	if !ok || !isCall || l.callee(c) != "sum" || len(c.Args) != 1 || c.Args[0].Name != "" || c.Args[0].Star != 0 {
		return false
	}
	if slices.ContainsFunc(l.names[n].reads, func(u use) bool { return s.Start <= u.pos && u.pos < s.End }) {
		return false // the sum contains its own target
	}
	target, over, item := at(l.names[n].out, n.Start), c.Args[0].Value, l.elementName()
	g, isComp := generatorOf(over)
	if isComp && isOne(g.Elt) {
		return false
	}
	line := func(parts ...any) { l.out.emit(s.Start, parts...) }
	indent := l.out.indent
	l.header(s.Start, s.End, cat(target, " = 0"))
	if !isComp {
		g = &syntax.Comp{Clauses: []syntax.Clause{{Target: nil, Iter: over}}}
	}
	for _, cl := range g.Clauses {
		name := txt(item)
		if isComp {
			name = l.target(cl.Target)
		}
		line("for ", name, " in ", l.iter(cl.Iter).paren(precOr), ":")
		l.out.indent++
		for _, cond := range cl.Ifs {
			line("if ", l.expr(cond).paren(precCond), ":")
			l.out.indent++
		}
	}
	switch {
	case isComp:
		line(target, " += ", l.operand(g.Elt).paren(precCond))
	case truthy(l.of(over).element()):
		line(target, " += int(", item, ")")
	default:
		line(target, " += ", item)
	}
	l.out.indent = indent
	return true
}

func (l *lowerer) augAssign(s *syntax.AugAssign) {
	bools := l.of(s.Target).only(kBool) && l.of(s.Value).only(kBool) && strings.Contains("&|^", s.Op)
	floats := l.of(s.Target).has(kFloat) || l.of(s.Value).has(kFloat)
	sets := l.of(s.Target).has(kSet) && strings.Contains("&|^-", s.Op)
	if sets && s.Op == "|" && l.of(s.Target).only(kSet) && l.of(s.Value).only(kSet) {
		l.line(s, cat(l.target(s.Target), at(".update(", s.Start), l.argument(s.Value), ")"))
		return
	}
	// Starlark makes a new value; other references keep the old one.
	if sets || s.Op == "*" && l.of(s.Target).has(kList) {
		l.finding(s, "operator", "`"+s.Op+"=` of a set or list", "change it with its methods, or assign a new one to a new name")
		return
	}
	if s.Op == "**" || s.Op == "@" || s.Op == "//" && floats || bools {
		l.finding(s, "operator", "this `"+s.Op+"=`", "write what it does")
		return
	}
	lower := l.operand
	if l.of(s.Target).only(kList) {
		lower = l.iter
	}
	value := lower(s.Value)
	l.line(s, cat(l.target(s.Target), " ", at(s.Op+"=", s.Start), " ", value.paren(precCond)))
}

func (l *lowerer) annAssign(s *syntax.AnnAssign) {
	if s.Value == nil {
		l.trailing(s.Start, s.End)
		return
	}
	if n, isName := s.Target.(*syntax.Name); isName {
		if a, t := annotation(s.Ann); a != "" && l.of(s.Value).fits(t) && len(l.names[n].writes) == 1 {
			l.line(s, cat(l.target(s.Target), ": "+a+" = ", l.expr(s.Value)))
			return
		}
	}
	l.assign(&syntax.Assign{Span: s.Span, Targets: []syntax.Expr{s.Target}, Value: s.Value})
}

func (l *lowerer) del(s *syntax.Del) {
	for _, t := range s.Targets {
		switch t := unparen(t).(type) {
		case *syntax.Index:
			if _, slice := t.Sub.(*syntax.Slice); slice {
				l.finding(s, "del", "`del` of a slice", "build a new list")
				return
			}
			l.line(s, cat(l.expr(t.X).paren(precPrimary), ".pop(", l.bare(t.Sub), ")"))
		case *syntax.Name:
			v := l.names[t]
			for _, u := range v.reads {
				if u.pos > s.End && !slices.ContainsFunc(v.writes, func(w use) bool { return w.pos > s.End && w.pos < u.pos }) {
					l.finding(s, "del", "`del` of a variable that is used again", "assign None to it")
					return
				}
			}
			l.trailing(s.Start, s.End)
		default:
			l.finding(s, "del", "this `del`", "")
		}
	}
}
