package check

import (
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// cond checks a condition and returns the states in which it is true and in which it is false.
func (c *checker) cond(e dialect.Expr) (whenTrue, whenFalse *state) {
	switch x := e.(type) {
	case *dialect.ParenExpr:
		t, f := c.cond(x.X)
		c.types[x] = c.types[x.X]
		return t, f
	case *dialect.UnaryExpr:
		if x.Op == syntax.NOT {
			t, f := c.cond(x.X)
			c.types[x] = tBool
			return f, t
		}
	case *dialect.BinaryExpr:
		switch x.Op {
		case syntax.AND:
			entry := c.st
			t, f := c.cond(x.X)
			c.st = t
			c.depth++
			t2, f2 := c.cond(x.Y)
			c.depth--
			c.st = entry
			c.types[x] = join(c.types[x.X], c.types[x.Y])
			return t2, merge(f, f2)
		case syntax.OR:
			entry := c.st
			t, f := c.cond(x.X)
			c.st = f
			c.depth++
			t2, f2 := c.cond(x.Y)
			c.depth--
			c.st = entry
			c.types[x] = join(c.types[x.X], c.types[x.Y])
			return merge(t, t2), f2
		case syntax.EQL, syntax.NEQ:
			c.expr(x, nil)
			t, f := c.compared(x)
			if x.Op == syntax.NEQ {
				t, f = f, t
			}
			return t, f
		case syntax.IN, syntax.NOT_IN:
			c.expr(x, nil)
			t, f := c.chosen(x)
			if x.Op == syntax.NOT_IN {
				t, f = f, t
			}
			return t, f
		}
	}
	t := c.expr(e, nil)
	if id, ok := e.(*dialect.Ident); ok {
		if sym := c.uses[id]; sym != nil {
			return c.with(sym, t.without(kNone)), c.with(sym, c.whenFalse(t))
		}
	}
	if call, ok := e.(*dialect.CallExpr); ok {
		if id, ok := call.Fn.(*dialect.Ident); ok && id.Name == "hasattr" && len(call.Args) > 0 {
			if arg, ok := call.Args[0].Value.(*dialect.Ident); ok && c.uses[arg] != nil {
				return c.with(c.uses[arg], tAny), c.st.clone()
			}
		}
	}
	return c.st.clone(), c.st.clone()
}

func (c *checker) whenFalse(t *typ) *typ {
	if f := falsy(t); f.k != kNever {
		return f
	}
	return t
}

// with returns the state in which a name has a type.
func (c *checker) with(sym *symbol, t *typ) *state {
	s := c.st.clone()
	if t.k == kNever {
		t = tAny // the value may be of a type that inference can't see
	}
	s.vars.set(sym.number, t)
	return s
}

// compared returns the states after x == y.
func (c *checker) compared(e *dialect.BinaryExpr) (whenEqual, whenNot *state) {
	for _, side := range [][2]dialect.Expr{{e.X, e.Y}, {e.Y, e.X}} {
		x, y := unparen(side[0]), unparen(side[1])
		if id, ok := x.(*dialect.Ident); ok && isNone(y) {
			if sym := c.uses[id]; sym != nil {
				return c.with(sym, tNone), c.with(sym, c.types[side[0]].without(kNone))
			}
		}
		call, ok := x.(*dialect.CallExpr)
		lit, isLit := y.(*dialect.Literal)
		if !ok || !isLit || len(call.Args) != 1 {
			continue
		}
		fn, ok := call.Fn.(*dialect.Ident)
		arg, isID := call.Args[0].Value.(*dialect.Ident)
		if !ok || !isID || fn.Name != "type" || c.uses[fn] != nil || c.uses[arg] == nil {
			continue
		}
		name, _ := lit.Value.(string)
		return c.ofTypes(arg, []string{name})
	}
	return c.st.clone(), c.st.clone()
}

// chosen returns the states after x in (…).
func (c *checker) chosen(e *dialect.BinaryExpr) (whenIn, whenNot *state) {
	list, ok := unparenTuple(e.Y)
	if !ok {
		return c.st.clone(), c.st.clone()
	}
	var texts []string
	none := false
	for _, x := range list {
		s, ok := c.constString(x)
		if ok {
			texts = append(texts, s)
		}
		t := c.types[x]
		none = none || t == nil || t.has(kNone) || t.has(kAny)
	}
	switch x := unparen(e.X).(type) {
	case *dialect.Ident:
		if sym := c.uses[x]; sym != nil && !none && c.types[e.X].has(kNone) {
			return c.with(sym, c.types[e.X].without(kNone)), c.st.clone()
		}
	case *dialect.CallExpr:
		fn, ok := x.Fn.(*dialect.Ident)
		if !ok || len(x.Args) != 1 || fn.Name != "type" || c.uses[fn] != nil || len(texts) < len(list) {
			break
		}
		if arg, ok := x.Args[0].Value.(*dialect.Ident); ok && c.uses[arg] != nil {
			return c.ofTypes(arg, texts)
		}
	}
	return c.st.clone(), c.st.clone()
}

// ofTypes returns the states in which a name's value has one of the types that type() names, and in which it has none
// of them.
func (c *checker) ofTypes(arg *dialect.Ident, names []string) (is, not *state) {
	sym, t := c.uses[arg], c.types[arg]
	kinds, basic := map[kind]bool{}, tNever
	for _, name := range names {
		k, known := typeKinds[name]
		if !known {
			return c.with(sym, tAny), c.st.clone()
		}
		kinds[k] = true
		basic = join(basic, basicType(k))
	}
	yes, no := tNever, tNever
	for _, m := range t.members() {
		if kinds[m.k] {
			yes = join(yes, m)
		} else {
			no = join(no, m)
		}
	}
	if t.k == kAny || yes.k == kNever {
		yes, no = basic, t
	}
	return c.with(sym, yes), c.with(sym, no)
}

func isNone(e dialect.Expr) bool {
	id, ok := e.(*dialect.Ident)
	return ok && id.Name == "None"
}

var typeKinds = map[string]kind{"string": kStr, "int": kInt, "float": kFloat, "bool": kBool, "bytes": kBytes, "list": kList, "dict": kDict,
	"set": kSet, "tuple": kTuple, "NoneType": kNone, "range": kRange, "function": kFunc}

func basicType(k kind) *typ {
	switch k {
	case kStr:
		return tStr
	case kInt:
		return tInt
	case kFloat:
		return tFloat
	case kBool:
		return tBool
	case kBytes:
		return tBytes
	case kNone:
		return tNone
	case kRange:
		return tRange
	case kList, kSet:
		return &typ{k: k, args: []*typ{tAny}}
	case kDict:
		return dictOf(tAny, tAny)
	case kTuple:
		return &typ{k: kTuple, args: []*typ{tAny}, variadic: true}
	}
	return tAny
}

// narrowByAssertion applies what holds after an assertion that is a statement of its own.
func (c *checker) narrowByAssertion(e dialect.Expr) {
	call, ok := e.(*dialect.CallExpr)
	if !ok || len(call.Args) == 0 || c.st.dead {
		return
	}
	arg := call.Args[0].Value
	name := c.text(call.Fn)
	silent := c.silent
	c.silent = true
	defer func() { c.silent = silent }()
	switch name {
	case "assert", "assert.true", "t.assertTrue":
		c.st, _ = c.cond(arg)
	case "t.assertFalse":
		_, c.st = c.cond(arg)
	case "t.assertIsNotNone":
		if id, ok := unparen(arg).(*dialect.Ident); ok && c.uses[id] != nil {
			c.st = c.with(c.uses[id], c.expr(id, nil).without(kNone))
		}
	case "t.assertNotEqual", "assert.ne":
		if id, ok := unparen(arg).(*dialect.Ident); ok && c.uses[id] != nil && len(call.Args) > 1 && isNone(call.Args[1].Value) {
			c.st = c.with(c.uses[id], c.expr(id, nil).without(kNone))
		}
	}
}
