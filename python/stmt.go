package python

import (
	"strconv"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// block lowers statements. owner is the function whose outermost block this is, nil for other blocks; limit is
// where the next statement behind the block begins.
func (l *lowerer) block(body []syntax.Stmt, owner *frame, limit int) {
	for i, s := range body {
		next := limit
		if i+1 < len(body) {
			next = body[i+1].Range().Start
		}
		start := s.Range().Start
		l.flushComments(start, 0)
		l.gap(start)
		if owner != nil {
			l.cells(owner, s)
		}
		l.stmtStart = start
		l.stmt(s, next)
	}
	if len(body) > 0 {
		if _, col := l.file.LineCol(body[0].Range().Start); col > 1 {
			l.flushComments(limit, col-1)
		}
	}
}

// cells makes the cells of the variables that a statement of their function's outermost block is the first to use.
func (l *lowerer) cells(owner *frame, s syntax.Stmt) {
	span := s.Range()
	for _, v := range l.all {
		if !v.cell || v.free || v.declared2 || v.owner != owner || v.param {
			continue
		}
		first := false
		for _, u := range append(append([]use(nil), v.reads...), v.writes...) {
			first = first || u.pos >= span.Start && u.pos < span.End
		}
		if !first {
			continue
		}
		v.declared2 = true
		if a, ok := s.(*syntax.Assign); ok && len(a.Targets) == 1 && len(v.writes) > 0 {
			if n, ok := a.Targets[0].(*syntax.Name); ok && l.names[n] == v && !l.mentions(a.Value, v) {
				v.init = a
				continue
			}
		}
		l.out.emit(-1, seg{v.out + " = py.cell()", -1})
	}
}

func (l *lowerer) mentions(x syntax.Node, v *variable) bool {
	hit := false
	syntax.Walk(x, func(n syntax.Node) bool {
		if n, ok := n.(*syntax.Name); ok && l.names[n] == v {
			hit = true
		}
		return true
	})
	return hit
}

// line writes a statement on lines of its own, with the comments of its source.
func (l *lowerer) line(s syntax.Node, e ex) { l.header(s.Range().Start, s.Range().End, e) }

func (l *lowerer) header(start, end int, e ex) {
	before, after := l.trailing(start, end)
	for _, c := range before {
		l.out.emit(-1, seg{c, -1})
	}
	if after != "" {
		e = cat(e, "  "+after)
	}
	l.out.emit(start, e.s...)
}

func (l *lowerer) stmt(s syntax.Stmt, next int) {
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
		value := txt("")
		if s.X != nil {
			value = l.expr(s.X)
		}
		before, after := l.trailing(s.Start, s.End)
		for _, c := range before {
			l.out.emit(-1, seg{c, -1})
		}
		if after != "" {
			l.out.emit(-1, seg{after, -1})
		}
		l.ret(s.Start, value)
	case *syntax.Raise:
		l.raise(s)
	case *syntax.Assert:
		l.assert(s)
	case *syntax.Simple:
		if s.Word == "pass" {
			l.line(s, txt("pass"))
			return
		}
		l.jump(s.Start, s.Word)
	case *syntax.Del:
		l.del(s)
	case *syntax.Scope:
		l.trailing(s.Start, s.End)
	case *syntax.Import:
		l.imports1(s)
	case *syntax.ImportFrom:
		l.importFrom(s)
	case *syntax.If:
		l.ifStmt(s, next)
	case *syntax.For:
		l.forStmt(s, next)
	case *syntax.While:
		l.while(s, next)
	case *syntax.Try:
		l.try(s, next)
	case *syntax.With:
		l.with(s.Items, s, next)
	case *syntax.FuncDef:
		l.funcDef(s, next)
	case *syntax.ClassDef:
		l.classDef(s, next)
	case *syntax.Match:
		l.match(s, next)
	case *syntax.TypeAlias:
		l.trailing(s.Start, s.End)
	}
}

// hoists writes the assignment expressions that are evaluated first as statements.
func (l *lowerer) hoists(xs ...syntax.Expr) {
	for _, x := range xs {
		syntax.Walk(x, func(n syntax.Node) bool {
			if n, ok := n.(*syntax.Named); ok && l.hoisted[n] {
				l.out.emit(n.Start, cat(l.variable(l.names[n.Name], n.Start), " = ", l.expr(n.X)).s...)
			}
			return true
		})
	}
}

func (l *lowerer) exprStmt(s *syntax.ExprStmt) {
	switch x := unparen(s.X).(type) {
	case *syntax.Call:
		if l.registers(x) {
			l.line(s, txt("pass  # create_machine has told the driver"))
			return
		}
	case *syntax.Str:
		if len(x.Parts) == 1 && !x.Parts[0].Format() {
			l.line(s, l.expr(x))
			return
		}
	case *syntax.Name:
		if x.ID == "..." {
			l.line(s, txt("pass"))
			return
		}
	case *syntax.Comp:
		if x.Kind != '(' {
			l.line(s, l.expr(x))
			return
		}
	}
	e := l.expr(s.X)
	if e.prec == 0 {
		e = cat("(", e, ")")
	}
	l.line(s, e)
}

// registers tells whether a call only adds a new machine to the Python driver's lists, as this driver does by itself.
func (l *lowerer) registers(x *syntax.Call) bool {
	a, ok := x.Fn.(*syntax.Attr)
	if !ok || a.Name != "append" || len(x.Args) != 1 {
		return false
	}
	b, ok := unparen(a.X).(*syntax.Attr)
	return ok && (b.Name == "machines" || b.Name == "machines_qemu" || b.Name == "machines_nspawn") && l.of(b.X).only(kMachine) && l.of(b.X).name == "Driver"
}

// reconnects tells whether an assignment only makes the Python driver connect anew to a machine that has rebooted,
// as this driver does by itself.
func (l *lowerer) reconnects(s *syntax.Assign) bool {
	a, ok := s.Targets[0].(*syntax.Attr)
	return ok && len(s.Targets) == 1 && a.Name == "connected" && isName(s.Value, "False") && l.of(a.X).only(kMachine)
}

func (l *lowerer) assign(s *syntax.Assign) {
	if l.reconnects(s) {
		l.line(s, txt("pass  # a machine that rebooted is connected anew by itself"))
		return
	}
	value := l.expr(s.Value)
	if len(s.Targets) > 1 {
		// The value is evaluated once and assigned from left to right.
		if _, ok := s.Targets[0].(*syntax.Name); !ok {
			tmp := l.reuse("value_")
			l.line(s, cat(tmp, " = ", value))
			for _, t := range s.Targets {
				l.assign1(s, t, txt(tmp), nil)
			}
			return
		}
		l.assign1(s, s.Targets[0], value, s.Value)
		for _, t := range s.Targets[1:] {
			l.assign1(s, t, l.expr(s.Targets[0]), nil)
		}
		return
	}
	l.assign1(s, s.Targets[0], value, s.Value)
}

func (l *lowerer) assign1(s *syntax.Assign, t syntax.Expr, value ex, src syntax.Expr) {
	t = unparen(t)
	if n, ok := t.(*syntax.Name); ok {
		v := l.names[n]
		if v.init == s {
			v.init = nil
			l.line(s, cat(v.out, " = py.cell(", value.paren(precCond), ")"))
			return
		}
	}
	elts := []syntax.Expr(nil)
	switch t := t.(type) {
	case *syntax.Tuple:
		elts = t.Elts
	case *syntax.List:
		elts = t.Elts
	case *syntax.Index:
		if sl, ok := t.Sub.(*syntax.Slice); ok {
			args := []ex{l.expr(t.X)}
			for _, y := range []syntax.Expr{sl.Lo, sl.Hi, sl.Step} {
				if y == nil {
					args = append(args, txt("None"))
				} else {
					args = append(args, l.expr(y))
				}
			}
			l.line(s, cat("py.set_slice(", commas(args), ", ", value, ")"))
			return
		}
	}
	if nestedStar(elts) {
		value = cat("py.unpack_like("+shape(t)+", ", value.paren(precCond), ")")
	} else if starred(elts) {
		before, after := 0, 0
		for i, e := range elts {
			if _, ok := e.(*syntax.Starred); ok {
				before, after = i, len(elts)-1-i
			}
		}
		if value.prec == 0 {
			value = cat("(", value, ")")
		}
		value = cat("py.unpack(", value, ", ", itoa(before), ", ", itoa(after), ")")
	} else if elts != nil && src != nil {
		if t := l.of(src); !t.only(kList|kTuple|kSet|kDict|kRange|kJSON) && value.prec != 0 {
			if t.only(kStr) {
				value = cat("py.chars(", value, ")")
			} else if t.may(kObject|kStr) && !l.knownPair(src) {
				value = cat("py.iter(", value, ")")
			}
		}
	}
	l.line(s, cat(l.target(t), " = ", value))
}

// knownPair tells whether the value is certainly no string: the call of a method of a machine, for instance.
func (l *lowerer) knownPair(x syntax.Expr) bool { return l.of(x).only(kMachine) }

func itoa(n int) string { return strconv.Itoa(n) }

func (l *lowerer) augAssign(s *syntax.AugAssign) {
	a, b := l.of(s.Target), l.of(s.Value)
	plain := s.Op != "**" && s.Op != "@"
	if l.inPlace && a.may(kObject) {
		l.line(s, cat(l.target(s.Target), " = py.op(", l.expr(s.Target), `, "`+s.Op+`=", `, l.expr(s.Value), ")"))
		return
	}
	switch s.Op {
	case "%":
		plain = a.only(kInt|kFloat) && b.only(kInt|kFloat)
	case "+", "-", "*", "/", "//":
		if s.Op == "-" && a.may(kSet) && !a.only(kInt|kFloat|kBool) {
			l.line(s, cat(l.target(s.Target), " = py.op(", l.expr(s.Target), `, "-=", `, l.expr(s.Value), ")"))
			return
		}
		plain = !truthy(a) && !truthy(b) && (s.Op != "//" || a.only(kInt) && b.only(kInt))
		if s.Op == "*" && a != nil && a.k&kList != 0 {
			l.line(s, cat(l.target(s.Target), " = py.op(", l.expr(s.Target), `, "*=", `, l.expr(s.Value), ")"))
			return
		}
		if s.Op == "+" && a.only(kList) && !b.only(kList|kTuple|kSet) {
			l.line(s, cat(l.target(s.Target), " += ", l.iter(s.Value).paren(precCond)))
			return
		}
	case "&", "|", "^":
		plain = !a.only(kBool) && !b.only(kBool)
		if a.may(kSet) && !a.only(kInt|kBool|kDict) {
			l.line(s, cat(l.target(s.Target), " = py.op(", l.expr(s.Target), `, "`+s.Op+`=", `, l.expr(s.Value), ")"))
			return
		}
	}
	if plain {
		v := l.expr(s.Value)
		if v.prec == 0 {
			v = cat("(", v, ")")
		}
		l.line(s, cat(l.target(s.Target), " ", at(s.Op+"=", s.Start), " ", v.paren(precCond)))
		return
	}
	if !isSimple(s.Target) {
		if ix, ok := unparen(s.Target).(*syntax.Index); !ok || !isSimple(ix.X) || !isSimple(ix.Sub) {
			l.finding(s, "assignment", s.Op+"= on the result of a call", "store the object in a variable first")
			return
		}
	}
	value := l.binary(&syntax.Binary{Span: s.Span, Op: s.Op, OpPos: s.Start, X: s.Target, Y: &syntax.Paren{Span: s.Value.Range(), X: s.Value}})
	l.line(s, cat(l.target(s.Target), " = ", value))
}

func (l *lowerer) annAssign(s *syntax.AnnAssign) {
	if s.Value == nil {
		l.trailing(s.Start, s.End)
		return
	}
	n, isName := s.Target.(*syntax.Name)
	if isName && l.migrate && !l.names[n].cell {
		if a := annotation(s.Ann); a != "" && l.annotationFits(s.Ann, s.Value) && len(l.names[n].writes) == 1 {
			l.line(s, cat(l.target(s.Target), ": "+a+" = ", l.expr(s.Value)))
			return
		}
	}
	l.assign(&syntax.Assign{Span: s.Span, Targets: []syntax.Expr{s.Target}, Value: s.Value})
}

// annotationFits tells whether the inferred type is within the annotated one, as Python never looked.
func (l *lowerer) annotationFits(ann, value syntax.Expr) bool {
	want, got := fromAnnotation(ann), l.of(value)
	return want.may(kAny) || got.may(kAny|kJSON|kObject) || got.only(want.k) || got != nil && got.k&^want.k == 0
}

func (l *lowerer) del(s *syntax.Del) {
	for _, t := range s.Targets {
		switch t := unparen(t).(type) {
		case *syntax.Index:
			if _, ok := t.Sub.(*syntax.Slice); ok {
				sl := t.Sub.(*syntax.Slice)
				args := []ex{l.expr(t.X)}
				for _, y := range []syntax.Expr{sl.Lo, sl.Hi, sl.Step} {
					if y == nil {
						args = append(args, txt("None"))
					} else {
						args = append(args, l.expr(y))
					}
				}
				l.line(s, cat("py.set_slice(", commas(args), ", [])"))
				continue
			}
			if l.of(t.X).only(kDict | kList) {
				l.line(s, cat(l.expr(t.X).paren(precPrimary), ".pop(", l.expr(t.Sub), ")"))
				continue
			}
			l.line(s, cat("py.delete(", l.expr(t.X), ", ", l.expr(t.Sub), ")"))
		case *syntax.Name:
			v := l.names[t]
			for _, u := range v.reads {
				reassigned := false
				for _, w := range v.writes {
					reassigned = reassigned || w.pos > s.End && w.pos < u.pos
				}
				if u.pos > s.End && !reassigned {
					l.finding(s, "del", "del of a variable that is used again", "assign None to it")
					return
				}
			}
			l.line(s, cat(l.variable(v, t.Start), " = None"))
		case *syntax.Attr:
			l.line(s, cat("py.delattr(", l.expr(t.X), ", "+quote(t.Name, false)+")"))
		default:
			l.finding(s, "del", "del of this", "delete one after the other")
		}
	}
}
