package check

import (
	"fmt"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// index returns the type of x[i].
func (c *checker) index(e *dialect.IndexExpr) *typ {
	x := c.notNone(e.X, c.expr(e.X, nil), "be subscripted")
	i := c.expr(e.Index, nil)
	r, ok := tNever, false
	var wrongIndex bool
	for _, m := range x.members() {
		t, good := c.item(m, i, e)
		if t == nil {
			continue
		}
		if !good {
			wrongIndex = true
			continue
		}
		r, ok = join(r, t), true
	}
	switch {
	case ok:
		return r
	case wrongIndex:
		want := "an int"
		hint := ""
		if x == tJSON {
			want = "a str or an int"
		}
		if i.k == kStr && (x.k == kList || x.k == kTuple) {
			hint = "names are for dicts"
		}
		c.report(SubscriptType, e.Index.Span(), fmt.Sprintf("the index of %s must be %s, not %s", article(x), want, article(i)), hint)
	case x.k != kNever:
		c.report(SubscriptType, e.X.Span(), fmt.Sprintf("%s can't be subscripted", article(x)), "")
	}
	return tAny
}

// item returns the type of x[i]; good is false when the index has the wrong type. The type is nil when x has no items.
func (c *checker) item(x, i *typ, e *dialect.IndexExpr) (t *typ, good bool) {
	intIndex := i.has(kInt) || i.has(kAny) || i.has(kNever) || unknown(i)
	switch x.k {
	case kAny:
		return x, x != tJSON || intIndex || i.has(kStr)
	case kNever, kVar, kObject, kIterable, kSized:
		return tAny, true
	case kStr:
		return tStr, intIndex
	case kBytes, kRange:
		return tInt, intIndex
	case kList:
		return x.args[0], intIndex
	case kDict:
		return x.args[1], true
	case kTuple:
		if x.variadic {
			return x.args[0], intIndex
		}
		if n, ok := c.constNumber(e.Index); ok && i.k == kInt {
			k := int(n)
			if k < 0 {
				k += len(x.args)
			}
			if k < 0 || k >= len(x.args) {
				c.report(SubscriptType, e.Index.Span(), fmt.Sprintf("%s has no element %d", article(x), int(n)), "")
				return tAny, true
			}
			return x.args[k], true
		}
		return unionOf(x.args), intIndex
	}
	return nil, false
}

func (c *checker) slice(e *dialect.SliceExpr) *typ {
	x := c.notNone(e.X, c.expr(e.X, nil), "be sliced")
	for _, i := range []dialect.Expr{e.Lo, e.Hi, e.Step} {
		if i == nil {
			continue
		}
		if t := c.expr(i, nil); !c.u.fits(t, tInt, nil) && !t.has(kNone) {
			c.report(SubscriptType, i.Span(), fmt.Sprintf("the bounds of a slice must be ints, not %s", article(t)), "")
		}
	}
	r, ok := tNever, false
	for _, m := range x.members() {
		switch m.k {
		case kAny, kNever, kVar, kObject, kIterable, kSized:
			r, ok = tAny, true
		case kStr, kBytes, kList, kRange:
			r, ok = join(r, m), true
		case kTuple:
			r, ok = join(r, &typ{k: kTuple, args: []*typ{unionOf(m.args)}, variadic: true}), true
		}
	}
	if !ok && x.k != kNever {
		c.report(SubscriptType, e.X.Span(), fmt.Sprintf("%s can't be sliced", article(x)), "")
		return tAny
	}
	return r
}

// assignIndex checks x[i] = value.
func (c *checker) assignIndex(e *dialect.IndexExpr, value *typ) {
	x := c.notNone(e.X, c.expr(e.X, nil), "be assigned to")
	i := c.expr(e.Index, nil)
	for _, m := range x.members() {
		switch m.k {
		case kAny, kNever, kVar, kObject, kIterable, kSized:
			return
		case kDict:
			c.hashable(e.Index)
			c.put(e.X, i, value)
			return
		case kList:
			c.put(e.X, nil, value)
			if !c.u.fits(i, tInt, nil) {
				c.report(SubscriptType, e.Index.Span(), fmt.Sprintf("the index of %s must be an int, not %s", article(m), article(i)), "")
			}
			return
		}
	}
	c.report(OperandType, e.Range, fmt.Sprintf("the elements of %s can't be assigned to", article(x)), "")
}
