package check

import (
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// special returns a call's result type. For some functions it depends on more than their declaration.
func (c *checker) special(e *dialect.CallExpr, f *fnType, args []argument, b binding) *typ {
	r := subst(f.result, b)
	if f.decl == nil {
		return r
	}
	switch f.decl.FullName() {
	case "min", "max":
		var values []argument
		for _, a := range args {
			if a.Star > 0 {
				return tAny
			}
			if a.Name == nil {
				values = append(values, a)
			}
		}
		if len(values) == 1 {
			return c.elements(values[0].Value, values[0].typ)
		}
		r = tNever
		for _, a := range values {
			r = join(r, a.typ)
		}
		if r.k == kNever {
			return tAny
		}
		return r
	case "zip":
		ts := make([]*typ, len(args))
		for i, a := range args {
			if a.Star > 0 {
				return r
			}
			if ts[i] = c.u.element(a.typ); ts[i] == nil {
				ts[i] = tAny
			}
		}
		return listOf(tupleOf(ts...))
	case "json.decode", "json.loads":
		if len(args) == 1 && args[0].Star == 0 {
			return tJSON
		}
	case "dict":
		return c.dictCall(args)
	case "struct":
		s := &typ{k: kStruct, fields: map[string]*typ{}}
		for _, a := range args {
			if a.Name == nil {
				return tAny
			}
			s.fields[a.Name.Name] = a.typ
		}
		return s
	case "getattr":
		if len(args) == 2 && args[0].typ != nil {
			if s, ok := c.constString(args[1].Value); ok && args[0].typ.k != kAny {
				if m := c.memberOf(args[0].typ, s); m != nil {
					return m
				}
			}
		}
		return tAny
	case "list.append", "list.insert", "set.add":
		if len(args) == 0 {
			return r
		}
		c.put(receiverExpr(e), nil, args[len(args)-1].typ)
	case "list.extend", "set.update":
		for _, a := range args {
			if el := c.u.element(a.typ); el != nil {
				c.put(receiverExpr(e), nil, el)
			}
		}
	case "dict.update":
		c.putPairs(e, args)
	case "dict.setdefault":
		if len(args) > 0 {
			v := tNone
			if len(args) > 1 {
				v = args[1].typ
			}
			c.put(receiverExpr(e), args[0].typ, v)
			if t := c.types[receiverExpr(e)]; t != nil && t.k == kDict {
				return join(t.args[1], v)
			}
		}
	case "Match.group":
		if len(args) == 0 || len(args) == 1 && args[0].Star == 0 {
			// Only the pattern shows which groups always take part, so their None is not reported as a mistake.
			return &typ{k: kUnion, args: []*typ{tStr, tNone}, soft: true}
		}
	}
	return r
}

func receiverExpr(e *dialect.CallExpr) dialect.Expr {
	if d, ok := unparen(e.Fn).(*dialect.DotExpr); ok {
		return d.X
	}
	return e.Fn
}

func (c *checker) putPairs(e *dialect.CallExpr, args []argument) {
	for _, a := range args {
		switch {
		case a.Name != nil:
			c.put(receiverExpr(e), tStr, a.typ)
		case a.typ != nil && a.typ.k == kDict:
			c.put(receiverExpr(e), a.typ.args[0], a.typ.args[1])
		default:
			c.put(receiverExpr(e), tAny, tAny)
		}
	}
}

func (c *checker) dictCall(args []argument) *typ {
	k, v := tNever, tNever
	for _, a := range args {
		switch {
		case a.Star > 0:
			return dictOf(tAny, tAny)
		case a.Name != nil:
			k, v = join(k, tStr), join(v, a.typ)
		case a.typ.k == kDict:
			k, v = join(k, a.typ.args[0]), join(v, a.typ.args[1])
		default:
			el := c.elements(a.Value, a.typ)
			if el.k == kTuple && !el.variadic && len(el.args) == 2 {
				k, v = join(k, el.args[0]), join(v, el.args[1])
			} else {
				k, v = tAny, tAny
			}
		}
	}
	return dictOf(k, v)
}

// constString returns the value of an expression that is a string known before the run.
func (c *checker) constString(e dialect.Expr) (string, bool) { return c.constDepth(e, 0) }

func (c *checker) constDepth(e dialect.Expr, depth int) (string, bool) {
	if depth > 20 {
		return "", false
	}
	switch e := unparen(e).(type) {
	case *dialect.Literal:
		s, ok := e.Value.(string)
		return s, ok && e.Token == syntax.STRING
	case *dialect.Ident:
		if sym := c.uses[e]; sym != nil && sym.assigned == 1 && sym.constant != nil && sym.kind == symVariable {
			return c.constDepth(sym.constant, depth+1)
		}
	case *dialect.BinaryExpr:
		if e.Op == syntax.PLUS {
			x, okX := c.constDepth(e.X, depth+1)
			y, okY := c.constDepth(e.Y, depth+1)
			return x + y, okX && okY
		}
	}
	return "", false
}

// constNumber returns the value of a number that is known before the run.
func (c *checker) constNumber(e dialect.Expr) (float64, bool) {
	switch e := unparen(e).(type) {
	case *dialect.Literal:
		switch v := e.Value.(type) {
		case int64:
			return float64(v), true
		case float64:
			return v, true
		}
	case *dialect.UnaryExpr:
		v, ok := c.constNumber(e.X)
		if e.Op == syntax.MINUS {
			return -v, ok
		}
		return v, ok && e.Op == syntax.PLUS
	case *dialect.BinaryExpr:
		x, okX := c.constNumber(e.X)
		y, okY := c.constNumber(e.Y)
		if !okX || !okY {
			return 0, false
		}
		switch e.Op {
		case syntax.STAR:
			return x * y, true
		case syntax.PLUS:
			return x + y, true
		case syntax.MINUS:
			return x - y, true
		}
	case *dialect.Ident:
		if sym := c.uses[e]; sym != nil && sym.assigned == 1 && sym.constant != nil && sym.kind == symVariable {
			return c.constNumber2(sym.constant)
		}
	case *dialect.DotExpr:
		if id, ok := e.X.(*dialect.Ident); ok && id.Name == "time" && c.uses[id] == nil {
			v, ok := map[string]float64{"nanosecond": 1e-9, "microsecond": 1e-6, "millisecond": 1e-3, "second": 1, "minute": 60, "hour": 3600}[e.Name.Name]
			return v, ok
		}
	}
	return 0, false
}

// constNumber2 does not follow names, so that x = x + 1 does not recurse without end.
func (c *checker) constNumber2(e dialect.Expr) (float64, bool) {
	if l, ok := unparen(e).(*dialect.Literal); ok {
		return c.constNumber(l)
	}
	return 0, false
}
