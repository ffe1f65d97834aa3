package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/api"
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

func (l *lowerer) binary(x *syntax.Binary) ex {
	a, b := l.of(x.X), l.of(x.Y)
	switch x.Op {
	case "and", "or":
		p := binaryPrec[x.Op]
		return cat(l.expr(x.X).paren(p), l.breakAfter(x, " "+x.Op+" "), l.expr(x.Y).paren(p+1)).with(p)
	case "**":
		return cat("py.pow(", l.expr(x.X), ", ", l.expr(x.Y), ")")
	case "@":
		return cat("py.matmul(", l.expr(x.X), ", ", l.expr(x.Y), ")")
	case "%":
		if s, ok := unparen(x.X).(*syntax.Str); ok && l.plainPercent(s, x.Y) {
			break
		}
		if !a.only(kInt|kFloat|kBool) || !b.only(kInt|kFloat|kBool) {
			return cat("py.mod(", l.expr(x.X), ", ", l.expr(x.Y), ")")
		}
	case "//": // of floats, Starlark rounds the quotient first
		if !a.only(kInt|kBool) || !b.only(kInt|kBool) {
			return cat(at("py.floordiv(", x.OpPos), l.expr(x.X), ", ", l.expr(x.Y), ")")
		}
	case "-", "&", "^", "|":
		if l.dictView(x.X) || l.dictView(x.Y) {
			wrap := func(y syntax.Expr) ex {
				if l.of(y).only(kSet) {
					return l.expr(y).paren(binaryPrec[x.Op] + 1)
				}
				return cat("set(", l.iter(y), ")")
			}
			return cat(wrap(x.X), " "+x.Op+" ", wrap(x.Y)).with(binaryPrec[x.Op])
		}
	}
	p := binaryPrec[x.Op]
	if strings.Contains("&|^", x.Op) && (a.only(kBool) || b.only(kBool)) {
		return cat("py.op(", l.expr(x.X), ", \""+x.Op+"\", ", l.expr(x.Y), ")")
	}
	left, right := l.operand(x.X).paren(p), l.operand(x.Y).paren(p+1)
	return cat(left, at(l.breakAfterText(x, " "+x.Op+" "), x.OpPos), right).with(p)
}

// operand turns a bool into the number that it is in Python's arithmetic.
func (l *lowerer) operand(x syntax.Expr) ex {
	e := l.expr(x)
	if truthy(l.of(x)) && !l.of(x).only(kBool|kInt) {
		return cat("py.number(", e, ")")
	}
	if truthy(l.of(x)) {
		return cat("int(", e, ")")
	}
	return e
}

// truthy tells whether a number may be a bool.
func truthy(t *typ) bool { return t.only(kBool|kInt|kFloat) && t.k&kBool != 0 }

func (l *lowerer) breakAfterText(x *syntax.Binary, s string) string {
	if l.file.Line(x.X.Range().End) != l.file.Line(x.Y.Range().Start) {
		return strings.TrimRight(s, " ") + "\n"
	}
	return s
}

func (l *lowerer) breakAfter(x *syntax.Binary, s string) string {
	if l.depth == 0 {
		return s
	}
	return l.breakAfterText(x, s)
}

func (l *lowerer) dictView(x syntax.Expr) bool {
	c, ok := unparen(x).(*syntax.Call)
	if !ok || len(c.Args) != 0 {
		return false
	}
	a, ok := c.Fn.(*syntax.Attr)
	return ok && (a.Name == "keys" || a.Name == "items")
}

// plainPercent tells whether Starlark's % gives the same for this format.
func (l *lowerer) plainPercent(s *syntax.Str, arg syntax.Expr) bool {
	var verbs []byte
	for _, p := range s.Parts {
		if p.Format() || p.Bytes() || p.Err != "" {
			return false
		}
		v := p.Value
		for i := 0; i < len(v); i++ {
			if v[i] != '%' {
				continue
			}
			i++
			if i >= len(v) {
				return false
			}
			if v[i] == '%' {
				continue
			}
			if v[i] != 's' && v[i] != 'd' {
				return false
			}
			verbs = append(verbs, v[i])
		}
	}
	args := []syntax.Expr{arg}
	if t, ok := unparen(arg).(*syntax.Tuple); ok {
		args = t.Elts
	} else if !l.of(arg).only(kStr | kInt | kBool | kNone) {
		return false
	}
	if len(args) != len(verbs) {
		return false
	}
	for i, a := range args {
		t := l.of(a)
		if verbs[i] == 'd' && !t.only(kInt) || !t.simple() {
			return false
		}
	}
	return true
}

func (l *lowerer) compare(x *syntax.Compare) ex {
	if len(x.Ops) == 1 {
		return l.compare1(x.X, x.Ops[0], x.Ys[0])
	}
	operands := append([]syntax.Expr{x.X}, x.Ys...)
	simple := true
	for _, y := range operands[1 : len(operands)-1] {
		simple = simple && isSimple(y)
	}
	if simple {
		out := l.compare1(x.X, x.Ops[0], x.Ys[0])
		for i := 1; i < len(x.Ops); i++ {
			out = cat(out, " and ", l.compare1(x.Ys[i-1], x.Ops[i], x.Ys[i]))
		}
		return out.with(precAnd)
	}
	if len(x.Ops) == 2 && !strings.HasPrefix(x.Ops[0], "is") && !strings.HasPrefix(x.Ops[1], "is") {
		op := func(a, o, b string) string { return a + " " + o + " " + b }
		low, mid, high := l.helper("low"), l.helper("middle"), l.helper("high")
		if isSimple(x.Ys[1]) {
			return cat("(lambda "+low+", "+mid+": "+op(low, x.Ops[0], mid)+" and "+op(mid, x.Ops[1], ""), l.expr(x.Ys[1]).paren(precPipe), ")(",
				l.expr(x.X), ", ", l.expr(x.Ys[0]), ")")
		}
		return cat("(lambda "+low+", "+mid+", "+high+": "+op(low, x.Ops[0], mid)+" and "+op(mid, x.Ops[1], high+"()")+")(",
			l.expr(x.X), ", ", l.expr(x.Ys[0]), ", lambda: ", l.expr(x.Ys[1]), ")")
	}
	out := cat(at("py.compare(", x.Start), l.expr(x.X).paren(precCond))
	for i, op := range x.Ops {
		out = cat(out, ", \""+op+"\", lambda: ", l.expr(x.Ys[i]).paren(precCond))
	}
	return cat(out, ")")
}

// isSimple tells whether evaluating x twice is the same as once.
func isSimple(x syntax.Expr) bool {
	switch x := unparen(x).(type) {
	case *syntax.Name, *syntax.Num:
		return true
	case *syntax.Str:
		return len(x.Parts) == 1 && !x.Parts[0].Format()
	case *syntax.Unary:
		return x.Op == "-" && isSimple(x.X)
	case *syntax.Attr:
		return isSimple(x.X)
	}
	return false
}

func isName(x syntax.Expr, ids ...string) bool {
	n, ok := unparen(x).(*syntax.Name)
	if !ok {
		return false
	}
	for _, id := range ids {
		if n.ID == id {
			return true
		}
	}
	return false
}

func (l *lowerer) compare1(x syntax.Expr, op string, y syntax.Expr) ex {
	if known := map[string]string{"in": "False", "not in": "True"}[op]; known != "" && l.isAbsent(x, y) {
		return at(known, x.Range().Start)
	}
	a, b := l.expr(x).paren(precPipe), l.expr(y).paren(precPipe)
	join := func(op string) ex { return cat(a, " ", at(op, y.Range().Start), " ", b).with(precCompare) }
	switch op {
	case "is", "is not":
		eq := map[string]string{"is": "==", "is not": "!="}[op]
		if isName(y, "None") || isName(x, "None") {
			return join(eq)
		}
		if isName(y, "True", "False") && (l.of(x).only(kBool|kNone|kStr|kInt|kFloat|kJSON) || op == "is") && !l.of(x).may(kObject) {
			return join(eq)
		}
		if l.isTypeCall(x) {
			return join(eq)
		}
		out := cat("py.is_(", l.expr(x), ", ", l.expr(y), ")")
		if op == "is not" {
			return cat("not ", out).with(precNot)
		}
		return out
	case "==", "!=":
		tx, ty := l.of(x), l.of(y)
		if l.dictView(x) || l.dictView(y) {
			return cat("py.eq(", l.viewSet(x), ", ", l.viewSet(y), ")").negate(op == "!=")
		}
		mixed := tx.only(kBool) && !ty.only(kBool|kStr|kNone|kJSON|kList|kDict|kTuple|kSet) ||
			ty.only(kBool) && !tx.only(kBool|kStr|kNone|kJSON|kList|kDict|kTuple|kSet)
		if mixed || l.mixedObjects && (tx.may(kObject) || ty.may(kObject)) && !isName(x, "None") && !isName(y, "None") {
			return cat("py.eq(", l.expr(x), ", ", l.expr(y), ")").negate(op == "!=")
		}
		if l.nan && tx.may(kFloat) && ty.may(kFloat) {
			return cat("py.eq(", l.expr(x), ", ", l.expr(y), ")").negate(op == "!=")
		}
		if l.tuples && (tx.may(kObject) && ty.may(kTuple) || ty.may(kObject) && tx.may(kTuple)) {
			return cat("py.eq(", l.expr(x), ", ", l.expr(y), ")").negate(op == "!=")
		}
	case "in", "not in":
		if l.tuples && l.of(y).may(kSet|kDict|kList|kTuple) && l.of(x).may(kTuple|kObject) && !l.dictView(y) {
			return cat("py.contains(", l.expr(y), ", ", l.expr(x), ")").negate(op == "not in")
		}
		if !l.of(y).only(kStr|kRange) && !l.dictView(y) && (l.mixedObjects && l.of(x).may(kObject) || l.mixesBools(x, y)) {
			return cat("py.contains(", l.expr(y), ", ", l.expr(x), ")").negate(op == "not in")
		}
		if (l.odd || l.mixedObjects) && l.of(y).may(kObject) && !l.dictView(y) {
			return cat("py.contains(", l.expr(y), ", ", l.expr(x), ")").negate(op == "not in")
		}
	case "<", ">", "<=", ">=":
		if l.mixedObjects && (l.of(x).may(kObject) || l.of(y).may(kObject)) {
			return cat("py.order(", l.expr(x), ", \""+op+"\", ", l.expr(y), ")")
		}
		if truthy(l.of(x)) && !l.of(y).only(kBool) || truthy(l.of(y)) && !l.of(x).only(kBool) {
			return cat(l.operand(x).paren(precPipe), " "+op+" ", l.operand(y).paren(precPipe)).with(precCompare)
		}
	}
	return join(op)
}

// mixesBools tells whether a number is looked for among truth values, or the other way round.
func (l *lowerer) mixesBools(x, y syntax.Expr) bool {
	a, b := l.of(x), l.element(l.of(y))
	return truthy(a) && !b.only(kBool) && b.may(kInt|kFloat) || a.only(kInt|kFloat) && truthy(b)
}

// isAbsent tells of `"name" in globals()` that there is no such name: neither the script nor the driver has it.
func (l *lowerer) isAbsent(x, y syntax.Expr) bool {
	s, ok := unparen(x).(*syntax.Str)
	c, isCall := unparen(y).(*syntax.Call)
	if !ok || !isCall || len(c.Args) > 0 || len(s.Parts) != 1 || s.Parts[0].Format() {
		return false
	}
	n, ok := unparen(c.Fn).(*syntax.Name)
	if !ok || l.names[n] == nil || !l.names[n].free || n.ID != "globals" && n.ID != "vars" && n.ID != "locals" {
		return false
	}
	name, a := s.Parts[0].Value, api.Load()
	return !l.idents[name] && !pythonBuiltins[name] && a.Variable(name) == nil && a.Function(name) == nil && a.Module(name) == nil
}

func (e ex) negate(yes bool) ex {
	if !yes {
		return e
	}
	return cat("not ", e).with(precNot)
}

func (l *lowerer) viewSet(x syntax.Expr) ex {
	if l.dictView(x) {
		return cat("set(", l.expr(x), ")")
	}
	return l.expr(x)
}

func (l *lowerer) isTypeCall(x syntax.Expr) bool {
	c, ok := unparen(x).(*syntax.Call)
	return ok && l.callee(c) == "type"
}

func (l *lowerer) attr(x *syntax.Attr) ex {
	if s, ok := l.moduleMember(x); ok {
		return s
	}
	if n, ok := x.X.(*syntax.Name); ok && l.names[n] != nil && l.names[n].free {
		if n.ID == "str" {
			return cat("(lambda value: value."+x.Name, "())")
		}
	}
	if s, ok := superCall(x); ok {
		if class, self := l.enclosing(x.Start); class != nil && self != "" {
			return l.superAttr(class, self, x, s.Start)
		}
	}
	if c, ok := x.X.(*syntax.Call); ok && l.isTypeCall(c) && len(c.Args) == 1 && x.Name == "__name__" {
		return cat("py.type_name(", l.expr(c.Args[0].Value), ")")
	}
	if x.Name == "__name__" || x.Name == "__qualname__" {
		if t := l.of(x.X); !t.only(kMachine) {
			return cat("py.name_of(", l.expr(x.X), ")")
		}
	}
	if x.Name == "__doc__" {
		return cat("py.doc_of(", l.expr(x.X), ")")
	}
	if x.Name == "__context__" || x.Name == "__suppress_context__" {
		l.finding(x, "exception-context", "`"+x.Name+"` of an exception", "name the cause: raise … from e, and read __cause__")
		return txt("None")
	}
	if name := l.driverFunction(x); name != "" {
		return at(name, x.NamePos())
	}
	if x.Name == "full_console_log" && l.of(x.X).only(kMachine) {
		return cat(l.expr(x.X).paren(precPrimary), ".", at("get_console_log()", x.NamePos()), ".splitlines()")
	}
	l.checkMember(x)
	return cat(l.expr(x.X).paren(precPrimary), ".", at(attrName(x.Name), x.NamePos()))
}

func (l *lowerer) index(x *syntax.Index) ex {
	base := l.of(x.X)
	if s, ok := x.Sub.(*syntax.Slice); ok {
		part := func(y syntax.Expr) ex {
			if y == nil {
				return txt("")
			}
			return l.expr(y)
		}
		if base.only(kList | kTuple | kBytes) {
			out := cat(l.expr(x.X).paren(precPrimary), at("[", x.Start), part(s.Lo), ":", part(s.Hi))
			if s.Step != nil {
				out = cat(out, ":", part(s.Step))
			}
			return cat(out, "]")
		}
		args := []ex{l.expr(x.X)}
		for i, y := range []syntax.Expr{s.Lo, s.Hi, s.Step} {
			if y == nil {
				if i == 2 || i == 1 && s.Step == nil {
					continue
				}
				args = append(args, txt("None"))
				continue
			}
			args = append(args, l.expr(y))
		}
		return cat(at("py.slice(", x.Start), commas(args), ")")
	}
	if t, ok := x.Sub.(*syntax.Tuple); ok && starredOrSlice(t.Elts) {
		l.finding(x, "slice", "a subscript of several dimensions with slices", "")
		return txt("None")
	}
	sub := l.of(x.Sub)
	plain := base.only(kList|kTuple|kDict|kRange|kJSON) || sub.only(kStr)
	if l.mixedObjects && sub.may(kObject) || l.tuples && sub.may(kTuple|kObject) {
		plain = false
	}
	number := truthy(sub) && !base.only(kDict) // True as an index
	if plain && (!number || base.only(kList|kTuple|kRange)) {
		e := l.expr(x.Sub)
		if number {
			e = l.operand(x.Sub)
		}
		if e.prec == 0 {
			e = cat("(", e, ")")
		}
		return cat(l.expr(x.X).paren(precPrimary), at("[", x.Start), e, "]")
	}
	return cat(at("py.item(", x.Start), l.expr(x.X), ", ", l.expr(x.Sub).paren(precCond), ")")
}

func starredOrSlice(xs []syntax.Expr) bool {
	for _, x := range xs {
		switch x.(type) {
		case *syntax.Starred, *syntax.Slice:
			return true
		}
	}
	return false
}
