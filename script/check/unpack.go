package check

import (
	"fmt"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func (c *checker) unpack(target dialect.Node, list []dialect.Expr, t *typ, from dialect.Expr) {
	parts := make([]*typ, len(list))
	for i := range parts {
		parts[i] = tAny
	}
	if lst, ok := unparenTuple(from); ok && len(lst) != len(list) {
		c.report(UnpackCount, target.Span(), fmt.Sprintf("%s for %s", plural(len(lst), "value"), plural(len(list), "name")), "")
	} else if most, ok := c.mostPieces(from); ok && most < len(list) {
		c.report(UnpackCount, target.Span(), fmt.Sprintf("%s at most for %s", plural(most, "value"), plural(len(list), "name")), "")
	} else {
		c.unpackType(target, list, t, from, parts)
	}
	for i, x := range list {
		c.bindTarget(x, parts[i], nil)
	}
}

// mostPieces returns the largest number of pieces from a call of split with a limit.
func (c *checker) mostPieces(from dialect.Expr) (int, bool) {
	if from == nil {
		return 0, false
	}
	call, ok := unparen(from).(*dialect.CallExpr)
	if !ok || len(call.Args) != 2 {
		return 0, false
	}
	dot, ok := unparen(call.Fn).(*dialect.DotExpr)
	if !ok || dot.Name.Name != "split" && dot.Name.Name != "rsplit" {
		return 0, false
	}
	if t := c.types[dot.X]; t == nil || t.k != kStr {
		return 0, false
	}
	n, ok := c.constNumber(call.Args[1].Value)
	return int(n) + 1, ok && n >= 0
}

// unparenTuple returns the elements of a literal tuple or list.
func unparenTuple(e dialect.Expr) ([]dialect.Expr, bool) {
	if e == nil {
		return nil, false
	}
	switch e := unparen(e).(type) {
	case *dialect.TupleExpr:
		return e.List, true
	case *dialect.ListExpr:
		return e.List, true
	}
	return nil, false
}

func (c *checker) unpackType(target dialect.Node, list []dialect.Expr, t *typ, from dialect.Expr, parts []*typ) {
	where := target
	if from != nil {
		where = from
	}
	t = c.notNone(where, t, "be unpacked")
	fitting := 0
	var wrong *typ
	for _, m := range t.members() {
		switch {
		case m.k == kAny || m.k == kNever:
			for i := range parts {
				parts[i] = tAny
			}
			return
		case m.k == kTuple && !m.variadic:
			if len(m.args) != len(list) {
				wrong = m
				continue
			}
			for i, a := range m.args {
				if fitting == 0 {
					parts[i] = a
				} else {
					parts[i] = join(parts[i], a)
				}
			}
		default:
			e := c.u.element(m)
			if e == nil {
				wrong = m
				continue
			}
			for i := range parts {
				if fitting == 0 {
					parts[i] = e
				} else {
					parts[i] = join(parts[i], e)
				}
			}
		}
		fitting++
	}
	if fitting > 0 || wrong == nil {
		return
	}
	if wrong.k == kTuple {
		c.report(UnpackCount, target.Span(), fmt.Sprintf("%s for %s: the value is a %s", plural(len(wrong.args), "value"), plural(len(list), "name"), wrong), "")
		return
	}
	hint := ""
	if call, ok := where.(*dialect.CallExpr); ok && wrong.k == kStr && len(list) == 2 {
		if d, ok := call.Fn.(*dialect.DotExpr); ok && (d.Name.Name == "succeed" || d.Name.Name == "fail") {
			hint = fmt.Sprintf("`%s` returns the output alone; `execute` returns (status, output)", d.Name.Name)
		}
	}
	c.report(UnpackCount, target.Span(), fmt.Sprintf("%s can't be unpacked into %s", article(wrong), plural(len(list), "name")), hint)
}
