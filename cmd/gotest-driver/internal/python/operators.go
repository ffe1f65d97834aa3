package python

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

func (l *lowerer) binary(x *syntax.Binary) ex {
	switch x.Op {
	case "and", "or":
		p := binaryPrec[x.Op]
		return cat(l.expr(x.X).paren(p), l.infix(x), l.expr(x.Y).paren(p+1)).with(p)
	case "**":
		return l.power(x, x.X, x.Y)
	case "@":
		return l.none(x, "operator", "the operator `@`", "")
	case "%":
		args := []syntax.Expr{x.Y}
		if t, ok := unparen(x.Y).(*syntax.Tuple); ok {
			args = t.Elts
		}
		if s, ok := unparen(x.X).(*syntax.Str); ok && !isPlain(s, plainPercent()) {
			return l.none(x, "format-spec", "a format with a width, a precision, %r or %g", "use strings of your own")
		}
		if i := slices.IndexFunc(args, l.foreignText); i >= 0 && l.of(x.X).only(kStr) {
			return l.textOf(args[i])
		}
	case "//": // Starlark rounds the quotient of floats first
		if l.of(x.X).has(kFloat) || l.of(x.Y).has(kFloat) {
			return l.none(x, "operator", "`//` of floats", "use math.floor(a / b)")
		}
	case "-", "&", "^", "|":
		switch {
		case dictView(x.X) || dictView(x.Y):
			p := binaryPrec[x.Op]
			return cat(l.viewSet(x.X).paren(p), " "+x.Op+" ", l.viewSet(x.Y).paren(p+1)).with(p)
		case x.Op != "-" && l.of(x.X).only(kBool) && l.of(x.Y).only(kBool):
			return l.none(x, "operator", "`"+x.Op+"` of truth values", "use and, or and !=")
		}
	}
	p := binaryPrec[x.Op]
	left, right := l.operand(x.X).paren(p), l.operand(x.Y).paren(p+1)
	return cat(left, l.infix(x), right).with(p)
}

// power lowers a ** b for small exponents, which it writes as factors, and powers of two.
func (l *lowerer) power(n syntax.Node, a, b syntax.Expr) ex {
	exp, isConst := constInt(b)
	base, constBase := constInt(a)
	switch {
	case constBase && base == 2 && (isConst && exp >= 0 || !isConst && l.of(b).only(kInt)):
		return cat("1 << ", l.expr(b).paren(precAdd)).with(precShift)
	case constBase && base == 10 && isConst && exp >= 0 && exp <= 18:
		return txt("1" + strings.Repeat("0", exp)).with(precUnary)
	case isConst && exp >= 2 && exp <= 4 && isSimple(a) && l.of(a).only(kInt|kFloat):
		e := l.expr(a).paren(precUnary)
		out := e
		for range exp - 1 {
			out = cat(out, " * ", e)
		}
		return out.with(precMul)
	}
	return l.none(n, "operator", "a power", "write the factors, or use math.pow")
}

// operand converts a bool to a number, as Python's arithmetic does.
func (l *lowerer) operand(x syntax.Expr) ex {
	if truthy(l.of(x)) {
		return cat("int(", l.expr(x), ")")
	}
	return l.expr(x)
}

// truthy reports whether a number may be a bool.
func truthy(t *typ) bool { return t.only(kBool|kInt) && t.k&kBool != 0 }

// infix writes an operator, followed by a line end if it ends a line within brackets.
func (l *lowerer) infix(x *syntax.Binary) ex {
	text := " " + x.Op + " "
	if l.depth > 0 && l.file.Line(x.X.Range().End) != l.file.Line(x.Y.Range().Start) {
		text = " " + x.Op + "\n"
	}
	return at(text, x.OpPos)
}

func dictView(x syntax.Expr) bool {
	c, ok := unparen(x).(*syntax.Call)
	if !ok || len(c.Args) != 0 {
		return false
	}
	a, ok := c.Fn.(*syntax.Attr)
	return ok && (a.Name == "keys" || a.Name == "items")
}

// viewSet lowers an operand if Python treats the keys or items of a dict as a set.
func (l *lowerer) viewSet(x syntax.Expr) ex {
	if l.of(x).only(kSet) {
		return l.expr(x)
	}
	return cat("set(", l.iter(x), ")")
}

// plainPercent and plainFormat match formats with the same meaning in Starlark's % and format.
var (
	plainPercent = lazyre.Compile(`^([^%]|%[sdioxXcef%])*$`)
	plainFormat  = lazyre.Compile(`^([^{}]|\{\{|\}\}|\{\w*\})*$`)
)

// isPlain reports whether a format consists of texts of that kind.
func isPlain(s *syntax.Str, kind *regexp.Regexp) bool {
	return !slices.ContainsFunc(s.Parts, func(p *syntax.StrPart) bool {
		return p.Format() || p.Bytes() || p.Err != "" || !kind.MatchString(p.Value)
	})
}

// longestTwice is the largest length of the middle of a chain of comparisons, which is written twice.
const longestTwice = 40

func (l *lowerer) compare(x *syntax.Compare) ex {
	if len(x.Ops) == 1 {
		return l.compare1(x.X, x.Ops[0], x.Ys[0])
	}
	for _, y := range x.Ys[:len(x.Ys)-1] {
		if span := y.Range(); !l.pure(y) || span.End-span.Start > longestTwice {
			return l.none(x, "comparison", "a chain of comparisons with a call in its middle", "store the value in a variable first")
		}
	}
	out := l.compare1(x.X, x.Ops[0], x.Ys[0])
	for i := 1; i < len(x.Ops); i++ {
		out = cat(out, " and ", l.compare1(x.Ys[i-1], x.Ops[i], x.Ys[i]))
	}
	return out.with(precAnd)
}

// isSimple reports whether evaluating x twice is the same as once.
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
	case *syntax.Index:
		return isSimple(x.X) && isSimple(x.Sub)
	}
	return false
}

func isName(x syntax.Expr, ids ...string) bool {
	n, ok := unparen(x).(*syntax.Name)
	return ok && slices.Contains(ids, n.ID)
}

func (l *lowerer) compare1(x syntax.Expr, op string, y syntax.Expr) ex {
	eq := strings.NewReplacer("is not", "!=", "is", "==").Replace(op)
	if c, ok := unparen(x).(*syntax.Call); ok && l.callee(c) == "type" && len(c.Args) == 1 && op != "in" && op != "not in" {
		if names := l.typeNames(y); len(names) > 0 {
			return l.typeIs(c.Args[0].Value, names[:1], eq)
		}
		return l.none(x, "type", "this comparison of a type", "compare type(x) with the name of a type, such as \"string\"")
	}
	left, right := l.bare, l.bare
	switch op {
	case "is", "is not":
		if !isName(y, "None", "True", "False") && !isName(x, "None") && !l.of(x).only(kMachine) && !l.of(y).only(kMachine) {
			return l.none(x, "identity", "`"+op+"`", "compare with "+eq)
		}
		op = eq
	case "==", "!=", "<", ">", "<=", ">=":
		if (op == "==" || op == "!=") && (dictView(x) || dictView(y)) {
			left, right = l.viewSet, l.viewSet
		} else if truthy(l.of(x)) != truthy(l.of(y)) && l.of(x).only(kNumber) && l.of(y).only(kNumber) {
			left, right = l.operand, l.operand
		}
	case "in", "not in":
		if a, b := l.of(x), l.of(y).element(); a.only(kNumber) && b.only(kNumber) && truthy(a) != truthy(b) {
			return l.none(x, "comparison", "a search for a number among truth values, or for one of these among numbers,", "compare values of one type")
		}
		right = l.argument
	}
	return cat(left(x).paren(precPipe), " ", at(op, y.Range().Start), " ", right(y).paren(precPipe)).with(precCompare)
}

func (l *lowerer) attr(x *syntax.Attr) ex {
	if path := l.modulePath(x); path != "" {
		return l.member(x, path)
	}
	if n, ok := x.X.(*syntax.Name); ok && n.ID == "str" && l.names[n] != nil && l.names[n].free {
		name := l.elementName()
		return cat(at("lambda "+name+": "+name+"."+x.Name+"()", x.Start)).with(precCond)
	}
	if strings.HasPrefix(x.Name, "__") {
		return l.none(x, "introspection", "`"+x.Name+"`", "")
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
	if l.countsBytes(x.X) {
		return l.bytesNotLetters(x)
	}
	base := l.expr(x.X).paren(precPrimary)
	if s, ok := x.Sub.(*syntax.Slice); ok {
		parts := []any{base, at("[", x.Start)}
		for i, y := range []syntax.Expr{s.Lo, s.Hi, s.Step} {
			if i == 1 || i == 2 && y != nil {
				parts = append(parts, ":")
			}
			if y != nil {
				parts = append(parts, l.expr(y))
			}
		}
		return cat(append(parts, "]")...)
	}
	if l.of(x.X).only(kBytes) {
		return l.none(x, "bytes", "one of some bytes, which is a number for Python,", "take a slice, or decode them")
	}
	if l.of(x.X).is("Match") {
		return cat(base, ".group", at("(", x.Start), l.bare(x.Sub), ")")
	}
	sub := l.bare
	if l.of(x.X).only(kList | kTuple | kRange) {
		sub = l.operand
	}
	return cat(base, at("[", x.Start), sub(x.Sub), "]")
}
