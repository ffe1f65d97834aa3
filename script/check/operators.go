package check

import (
	"fmt"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func (c *checker) unary(e *dialect.UnaryExpr) *typ {
	if e.Op == syntax.NOT {
		c.cond(e.X)
		return tBool
	}
	t := c.notNone(e.X, c.expr(e.X, nil), "be negated")
	for _, m := range t.members() {
		if m.k == kAny || m.k == kNever || m.k == kVar || m.k == kInt || m.k == kFloat && e.Op != syntax.TILDE {
			return t
		}
	}
	c.report(OperandType, e.Range, fmt.Sprintf("`%s` does not take %s", e.Op, article(t)), "")
	return tAny
}

func (c *checker) binary(e *dialect.BinaryExpr) *typ {
	x := c.expr(e.X, nil)
	y := c.expr(e.Y, nil)
	return c.operate(e, e.Op, e.X, e.Y, x, y)
}

func (c *checker) augmented(s *dialect.AssignStmt) {
	op := augmentedOps[s.Op]
	if op == 0 {
		return
	}
	var x *typ
	switch l := unparen(s.LHS).(type) {
	case *dialect.TupleExpr, *dialect.ListExpr:
		c.report(MisplacedStatement, s.LHS.Span(), fmt.Sprintf("`%s` takes one name at its left side", s.Op), "")
		return
	default:
		x = c.expr(l, nil)
	}
	y := c.expr(s.RHS, nil)
	e := &dialect.BinaryExpr{Range: s.Range, Op: op, OpPos: s.OpPos, X: s.LHS, Y: s.RHS}
	var t *typ
	if op == syntax.PLUS && x.k == kList {
		el := c.elements(s.RHS, y)
		c.put(s.LHS, nil, el)
		t = listOf(join(x.args[0], el))
	} else {
		t = c.operate(e, op, s.LHS, s.RHS, x, y)
		if op == syntax.PIPE && y.k == kDict {
			c.put(s.LHS, y.args[0], y.args[1])
		}
	}
	switch l := unparen(s.LHS).(type) {
	case *dialect.Ident:
		if sym := c.uses[l]; sym != nil {
			if sym.declared != nil && sym.owner == c.fn {
				c.checkAssignable(AssignmentType, s, t, sym.declared, func() string { return fmt.Sprintf("`%s` is declared as %s", l.Name, sym.declared) })
				t = sym.declared
			}
			c.setSymbol(sym, t)
		}
	case *dialect.IndexExpr:
		c.assignIndex(l, t)
	}
}

var augmentedOps = map[syntax.Token]syntax.Token{syntax.PLUS_EQ: syntax.PLUS, syntax.MINUS_EQ: syntax.MINUS, syntax.STAR_EQ: syntax.STAR,
	syntax.SLASH_EQ: syntax.SLASH, syntax.SLASHSLASH_EQ: syntax.SLASHSLASH, syntax.PERCENT_EQ: syntax.PERCENT, syntax.AMP_EQ: syntax.AMP,
	syntax.PIPE_EQ: syntax.PIPE, syntax.CIRCUMFLEX_EQ: syntax.CIRCUMFLEX, syntax.LTLT_EQ: syntax.LTLT, syntax.GTGT_EQ: syntax.GTGT}

// operate returns the type of x op y; it reports operands that don't fit together.
func (c *checker) operate(e *dialect.BinaryExpr, op syntax.Token, xe, ye dialect.Expr, x, y *typ) *typ {
	switch op {
	case syntax.EQL, syntax.NEQ:
		return tBool
	case syntax.PERCENT:
		if x.k == kStr {
			return tStr
		}
	case syntax.IN, syntax.NOT_IN:
		y = c.notNone(ye, y, "contain anything")
	default:
		if x.k == kNone || y.k == kNone {
			if x.k != kAny && y.k != kAny {
				at, what := xe, "left"
				if y.k == kNone {
					at, what = ye, "right"
				}
				c.report(NoneValue, at.Span(), fmt.Sprintf("the %s side of `%s` is None", what, op), "")
			}
			return tAny
		}
		x = c.notNone(xe, x, fmt.Sprintf("be an operand of `%s`", op))
		y = c.notNone(ye, y, fmt.Sprintf("be an operand of `%s`", op))
	}
	r := tNever
	ok := false
	for _, a := range x.members() {
		for _, b := range y.members() {
			if t := c.pair(op, a, b); t != nil {
				r, ok = join(r, t), true
			}
		}
	}
	if ok {
		return r
	}
	c.wrongOperands(e, op, xe, ye, x, y)
	return tAny
}

func (c *checker) wrongOperands(e *dialect.BinaryExpr, op syntax.Token, xe, ye dialect.Expr, x, y *typ) {
	if c.silent {
		return
	}
	hint := ""
	var fixes []Fix
	wrap := func(at dialect.Expr, fn string) {
		text := fn + "(" + c.text(at) + ")"
		hint = "write " + text
		fixes = []Fix{{Title: "Convert with " + fn, Edits: []Edit{{at.Span(), text}}}}
	}
	switch {
	case op == syntax.PLUS && x.k == kStr && (y.k == kInt || y.k == kFloat):
		wrap(ye, "str")
	case op == syntax.PLUS && y.k == kStr && (x.k == kInt || x.k == kFloat):
		wrap(xe, "str")
	case isOrder(op) && x.k == kStr && y.k == kInt:
		wrap(xe, "int")
	case isOrder(op) && y.k == kStr && x.k == kInt:
		wrap(ye, "int")
	case op == syntax.IN && y.k == kStr && x.k == kInt:
		wrap(xe, "str")
	}
	r := dialect.Range{Start: xe.Span().Start, End: ye.Span().End}
	message := fmt.Sprintf("`%s` does not take %s and %s", op, article(x), article(y))
	if op == syntax.IN || op == syntax.NOT_IN {
		message = fmt.Sprintf("`%s`: %s can't contain %s", op, article(y), article(x))
	}
	c.report(OperandType, r, message, hint, fixes...)
}

func isOrder(op syntax.Token) bool {
	return op == syntax.LT || op == syntax.GT || op == syntax.LE || op == syntax.GE
}

func unknown(t *typ) bool {
	return t.k == kAny || t.k == kNever || t.k == kVar || t.k == kObject || t.k == kSized || t.k == kIterable
}

func number(t *typ) bool { return t.k == kInt || t.k == kFloat }

// pair returns the type of an operation on two types that are not unions; nil when there is none. The operations are
// those of go.starlark.net's Binary and Compare.
func (c *checker) pair(op syntax.Token, x, y *typ) *typ {
	switch op {
	case syntax.IN, syntax.NOT_IN:
		return contained(x, y)
	}
	if isOrder(op) {
		switch {
		case unknown(x) || unknown(y), number(x) && number(y):
			return tBool
		case x.k != y.k:
			return nil
		case x.k == kStr, x.k == kBytes, x.k == kBool, x.k == kList, x.k == kTuple, x.k == kSet, x.k == kClass && x.name == y.name:
			return tBool
		}
		return nil
	}
	if unknown(x) || unknown(y) {
		return unknownPair(op, x, y)
	}
	if x.k == kClass || y.k == kClass {
		return timePair(op, x, y)
	}
	switch op {
	case syntax.PLUS:
		switch {
		case number(x) && number(y):
			return numeric(x, y)
		case x.k == y.k && (x.k == kStr || x.k == kBytes):
			return basicType(x.k)
		case x.k == kList && y.k == kList:
			return join(x, y)
		case x.k == kTuple && y.k == kTuple:
			if x.variadic || y.variadic {
				return &typ{k: kTuple, args: []*typ{join(unionOf(x.args), unionOf(y.args))}, variadic: true}
			}
			return tupleOf(append(append([]*typ{}, x.args...), y.args...)...)
		}
	case syntax.MINUS:
		if number(x) && number(y) {
			return numeric(x, y)
		}
		if x.k == kSet && y.k == kSet {
			return x
		}
	case syntax.STAR:
		if number(x) && number(y) {
			return numeric(x, y)
		}
		if x.k == kInt {
			x, y = y, x
		}
		if y.k == kInt {
			switch x.k {
			case kStr, kBytes:
				return basicType(x.k)
			case kList:
				return x
			case kTuple:
				return &typ{k: kTuple, args: []*typ{unionOf(x.args)}, variadic: true}
			}
		}
	case syntax.SLASH:
		if number(x) && number(y) {
			return tFloat
		}
	case syntax.SLASHSLASH:
		if number(x) && number(y) {
			return numeric(x, y)
		}
	case syntax.PERCENT:
		if x.k == kStr {
			return tStr
		}
		if number(x) && number(y) {
			return numeric(x, y)
		}
	case syntax.PIPE, syntax.AMP, syntax.CIRCUMFLEX:
		switch {
		case x.k == kInt && y.k == kInt:
			return tInt
		case x.k == kSet && y.k == kSet:
			return join(x, y)
		case x.k == kDict && y.k == kDict && op == syntax.PIPE:
			return join(x, y)
		}
	case syntax.LTLT, syntax.GTGT:
		if x.k == kInt && y.k == kInt {
			return tInt
		}
	}
	return nil
}

func numeric(x, y *typ) *typ {
	if x.k == kInt && y.k == kInt {
		return tInt
	}
	return tFloat
}

// unknownPair returns the type of an operation with one operand of unknown type.
func unknownPair(op syntax.Token, x, y *typ) *typ {
	known := x
	if unknown(x) {
		known = y
	}
	switch known.k {
	case kAny, kNever, kVar, kObject, kSized, kIterable, kClass:
		return tAny
	case kNone, kFunc, kModule, kBool, kRange, kStruct:
		return nil
	case kStr:
		switch {
		case op == syntax.PLUS, op == syntax.STAR:
			return tStr
		case op == syntax.PERCENT && known == x:
			return tStr
		case op == syntax.PERCENT: // "any" may be a format
			return tAny
		}
		return nil
	case kDict:
		if op == syntax.PIPE || op == syntax.PERCENT && known == y {
			return tAny
		}
		return nil
	case kBytes, kList, kTuple:
		if op == syntax.PLUS || op == syntax.STAR || op == syntax.PERCENT && known == y {
			return tAny
		}
		return nil
	}
	return tAny
}

// contained returns the type of x in y.
func contained(x, y *typ) *typ {
	switch y.k {
	case kAny, kNever, kVar, kObject, kSized, kIterable, kList, kTuple, kDict, kSet, kRange:
		return tBool
	case kStr:
		if x.k == kStr || unknown(x) {
			return tBool
		}
	case kBytes:
		if x.k == kBytes || x.k == kInt || unknown(x) {
			return tBool
		}
	}
	return nil
}

// timePair returns the type of an operation of go.starlark.net's time package.
func timePair(op syntax.Token, x, y *typ) *typ {
	const duration, point = "time.duration", "time.time"
	switch {
	case x.name == duration && y.name == duration:
		switch op {
		case syntax.PLUS, syntax.MINUS:
			return x
		case syntax.SLASH:
			return tFloat
		case syntax.SLASHSLASH:
			return tInt
		}
	case x.name == duration && y.name == point && op == syntax.PLUS:
		return y
	case x.name == point && y.name == duration && (op == syntax.PLUS || op == syntax.MINUS):
		return x
	case x.name == point && y.name == point && op == syntax.MINUS:
		return classOf(duration)
	case x.name == duration && y.k == kInt && (op == syntax.STAR || op == syntax.SLASH):
		return x
	case y.name == duration && x.k == kInt && op == syntax.STAR:
		return y
	case x.name == duration && y.k == kFloat && op == syntax.SLASH:
		return x
	}
	return nil
}
