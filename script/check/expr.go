package check

import (
	"fmt"
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// expr infers the type of an expression and checks it; want is the expected type, or nil.
func (c *checker) expr(e dialect.Expr, want *typ) *typ {
	t := c.infer(e, want)
	c.types[e] = t
	return t
}

func (c *checker) infer(e dialect.Expr, want *typ) *typ {
	switch e := e.(type) {
	case *dialect.Ident:
		return c.name(e)
	case *dialect.Literal:
		return literal(e)
	case *dialect.ParenExpr:
		return c.expr(e.X, want)
	case *dialect.ListExpr:
		el := tNever
		w := wantElem(want, kList)
		for _, x := range e.List {
			el = join(el, c.stored(x, w))
		}
		return listOf(el)
	case *dialect.TupleExpr:
		ts := make([]*typ, len(e.List))
		for i, x := range e.List {
			var w *typ
			if want != nil && want.k == kTuple && i < len(want.args) {
				w = want.args[i]
			}
			ts[i] = c.stored(x, w)
		}
		return tupleOf(ts...)
	case *dialect.DictExpr:
		return c.dict(e, want)
	case *dialect.DictEntry:
		c.expr(e.Key, nil)
		return c.expr(e.Value, nil)
	case *dialect.Comprehension:
		return c.comprehension(e, want)
	case *dialect.CallExpr:
		return c.call(e)
	case *dialect.DotExpr:
		return c.dot(e)
	case *dialect.IndexExpr:
		return c.index(e)
	case *dialect.SliceExpr:
		return c.slice(e)
	case *dialect.UnaryExpr:
		return c.unary(e)
	case *dialect.BinaryExpr:
		if e.Op == syntax.AND || e.Op == syntax.OR {
			return c.logical(e)
		}
		return c.binary(e)
	case *dialect.CondExpr:
		before := c.st
		t, f := c.cond(e.Cond)
		c.depth++
		c.st = t
		x := c.expr(e.True, want)
		c.st = f
		y := c.expr(e.False, want)
		c.depth--
		c.st = before
		return join(x, y)
	case *dialect.LambdaExpr:
		return c.lambda(e, want)
	}
	return tAny
}

// stored handles an expression whose value is stored where the checker can't follow it: any code may call a function
// there.
func (c *checker) stored(e dialect.Expr, want *typ) *typ {
	t := c.expr(e, want)
	if t.k == kFunc && t.fn.local != nil {
		if want != nil && want.k == kFunc {
			c.callback(t.fn.local, want.fn.params)
		} else {
			t.fn.local.nextEscapes = true
		}
	}
	return t
}

func wantElem(want *typ, k kind) *typ {
	if want == nil {
		return nil
	}
	for _, m := range want.members() {
		if m.k == k || m.k == kIterable {
			return m.args[0]
		}
	}
	return nil
}

func literal(e *dialect.Literal) *typ {
	switch e.Token {
	case syntax.INT:
		return tInt
	case syntax.FLOAT:
		return tFloat
	case syntax.BYTES:
		return tBytes
	}
	return tStr
}

// name returns the type of a name at this point.
func (c *checker) name(e *dialect.Ident) *typ {
	if e.Name == "" {
		return tAny
	}
	sym := c.uses[e]
	if sym == nil {
		return c.predeclared(e)
	}
	if sym.kind == symType {
		c.report(NotCallable, e.Range, fmt.Sprintf("`%s` is a type: it can be used in annotations only", e.Name), "")
		return tAny
	}
	if sym.owner == c.fn {
		if t := c.st.vars.get(sym.number); t != nil {
			c.perhapsUnset(sym, e)
			return t
		}
		if c.st.dead {
			return tAny
		}
		if t := c.predeclaredGlobal(e.Name); t != nil && sym.owner == nil && sym.kind != symFunction {
			c.report(UsedBeforeSet, e.Range, fmt.Sprintf("`%s` is used before it is set: an assignment in this file hides the predeclared name", e.Name), "use another name")
			return t
		}
		if sym.owner == nil && sym.decl != nil && sym.assigned == 0 {
			if t := c.annotation(sym.decl.Type); isMachine(t) {
				return t // the run provides it, wherever the declaration is
			}
		}
		message := fmt.Sprintf("`%s` is used before it is set", e.Name)
		if sym.decl != nil {
			message = fmt.Sprintf("`%s` is declared, but never set before this use", e.Name)
		}
		c.report(UsedBeforeSet, e.Range, message, "")
		return tAny
	}
	switch { // a name of the file read in a function: any value that it may have by then
	case sym.declared != nil:
		return sym.declared
	case sym.all == nil || c.broken():
		return tAny
	case sym.all.k == kNever:
		return tAny
	}
	return c.soften(sym.all)
}

// perhapsUnset reports a name that is not set on every way to this point.
func (c *checker) perhapsUnset(sym *symbol, e *dialect.Ident) {
	if c.st.unsure.get(sym.number) > c.depth {
		c.report(MaybeUnset, e.Range, fmt.Sprintf("`%s` has no value here when a condition above does not hold", e.Name), "set it before the condition")
		c.st.unsure.set(sym.number, 0)
	}
	if !c.st.carried.get(sym.number) || len(c.loops) == 0 {
		return
	}
	if l := c.loops[len(c.loops)-1]; l.depth == c.depth && !l.left {
		c.report(UsedBeforeSet, e.Range, fmt.Sprintf("`%s` is used before it is set: in the first round of the loop", e.Name), "set it before the loop")
		c.st.carried.set(sym.number, false)
	}
}

// soften marks a None among the values of a name that is set in several places as inferred: when the function runs, the
// None may have been replaced.
func (c *checker) soften(t *typ) *typ {
	if t.k == kNone {
		return tAny
	}
	if t.k == kUnion && t.has(kNone) {
		r := *t
		r.soft = true
		return &r
	}
	return t
}

func (c *checker) broken() bool { return len(c.file.Errors) > 0 }

func (c *checker) dict(e *dialect.DictExpr, want *typ) *typ {
	k, v := tNever, tNever
	var wk, wv *typ
	if want != nil {
		for _, m := range want.members() {
			if m.k == kDict {
				wk, wv = m.args[0], m.args[1]
			}
		}
	}
	for _, x := range e.List {
		k = join(k, c.expr(x.Key, wk))
		v = join(v, c.stored(x.Value, wv))
		c.hashable(x.Key)
	}
	return dictOf(k, v)
}

func (c *checker) hashable(key dialect.Expr) {
	switch t := c.types[key]; t.k {
	case kList, kDict, kSet:
		c.report(SubscriptType, key.Span(), fmt.Sprintf("%s can't be a key", article(t)), "")
	}
}

func (c *checker) comprehension(e *dialect.Comprehension, want *typ) *typ {
	before := c.st
	c.st = c.st.clone()
	depth := c.depth
	defer func() { c.st, c.depth = before, depth }()
	for _, cl := range e.Clauses {
		if cl.Cond != nil {
			c.st, _ = c.cond(cl.Cond)
			c.depth++
			continue
		}
		c.bindTarget(cl.Vars, c.elements(cl.X, c.expr(cl.X, nil)), nil)
	}
	if entry, ok := e.Body.(*dialect.DictEntry); ok {
		k := c.expr(entry.Key, nil)
		c.hashable(entry.Key)
		return dictOf(k, c.stored(entry.Value, nil))
	}
	return listOf(c.stored(e.Body, wantElem(want, kList)))
}

// elements returns the type of a loop's variable over a value; it reports a value that can't be iterated.
func (c *checker) elements(e dialect.Expr, t *typ) *typ {
	t = c.notNone(e, t, "be looped over")
	el := c.u.element(t)
	if el != nil {
		return el
	}
	hint := ""
	var fixes []Fix
	end := dialect.Range{Start: e.Span().End, End: e.Span().End}
	switch t.k {
	case kStr:
		hint = "write .splitlines() for its lines, .elems() for its characters"
		fixes = []Fix{{Title: "Loop over the lines", Edits: []Edit{{end, ".splitlines()"}}}}
	case kBytes:
		hint = "write .elems()"
		fixes = []Fix{{Title: "Loop over the values", Safe: true, Edits: []Edit{{end, ".elems()"}}}}
	case kInt:
		hint = "write range(" + c.text(e) + ")"
		fixes = []Fix{{Title: "Use range", Safe: true, Edits: []Edit{{e.Span(), "range(" + c.text(e) + ")"}}}}
	}
	c.report(NotIterable, e.Span(), fmt.Sprintf("%s can't be looped over", article(t)), hint, fixes...)
	return tAny
}

// notNone returns the type without None. It reports the None, as an error if the value is always None.
func (c *checker) notNone(at dialect.Node, t *typ, verb string) *typ {
	if t.k == kNone {
		message := fmt.Sprintf("None can't %s", verb)
		hint := ""
		if e, ok := at.(dialect.Expr); ok {
			if call, ok := unparen(e).(*dialect.CallExpr); ok {
				message = fmt.Sprintf("`%s` returns nothing that could %s", c.text(call.Fn), verb)
				if d, ok := call.Fn.(*dialect.DotExpr); ok && strings.HasPrefix(d.Name.Name, "wait_") {
					hint = "a wait fails the test by itself when its time is up"
				}
			}
		}
		c.report(NoneValue, at.Span(), message, hint)
		return tAny
	}
	if t.k != kUnion || !t.has(kNone) {
		return t
	}
	rest := t.without(kNone)
	if t.soft {
		return rest
	}
	hint := "test it first: `if x != None:`"
	if e, ok := at.(dialect.Expr); ok {
		if id, ok := unparen(e).(*dialect.Ident); ok {
			hint = fmt.Sprintf("test it first: `if %s != None:`", id.Name)
		}
	}
	c.report(MaybeNone, at.Span(), fmt.Sprintf("this may be None, which can't %s", verb), hint)
	return rest
}

// article returns the type with an article: "an int", "a str".
func article(t *typ) string {
	s := t.String()
	if t.k == kNone || t.k == kModule {
		return s
	}
	if t.k == kFunc {
		return "a function"
	}
	if s != "" && strings.IndexByte("aeiouAEIO", s[0]) >= 0 {
		return "an " + s
	}
	return "a " + s
}

func (c *checker) logical(e *dialect.BinaryExpr) *typ {
	before := c.st
	t, f := c.cond(e.X)
	x := c.types[e.X]
	if e.Op == syntax.AND {
		c.st = t
	} else {
		c.st = f
	}
	c.depth++
	y := c.expr(e.Y, nil)
	c.depth--
	c.st = before
	if e.Op == syntax.OR {
		return join(x.without(kNone), y)
	}
	if x.k == kNone {
		return x
	}
	if x.k == kBool && y.k == kBool {
		return x
	}
	return join(falsy(x), y)
}

// falsy returns the type of the type's values that count as false.
func falsy(t *typ) *typ {
	if t.k == kClass || t.k == kFunc || t.k == kModule {
		return tNever
	}
	if t.k == kUnion {
		var rest []*typ
		for _, m := range t.args {
			if f := falsy(m); f.k != kNever {
				rest = append(rest, f)
			}
		}
		return unionOf(rest)
	}
	return t
}
