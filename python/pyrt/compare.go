package pyrt

import (
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

var comparisonTokens = map[string]syntax.Token{
	"<": syntax.LT, "<=": syntax.LE, ">": syntax.GT, ">=": syntax.GE, "==": syntax.EQL, "!=": syntax.NEQ,
}

// compareValues compares as Python does: True is 1, and objects have a say whatever the other side is.
func (rt *Runtime) compareValues(op syntax.Token, x, y starlark.Value) (bool, error) {
	_, xo := x.(*Instance)
	_, yo := y.(*Instance)
	if xo || yo {
		result, ok, err := rt.compareObjects(op, x, y)
		if err == nil && !ok {
			err = rt.notSupported(op.String(), x, y)
		}
		return result, err
	}
	x, y = setOf(toNumber(x)), setOf(toNumber(y))
	if op == syntax.EQL || op == syntax.NEQ {
		eq, err := rt.equal(x, y)
		return eq == (op == syntax.EQL), err
	}
	a, b := plainTuple(x), plainTuple(y)
	ta, ok1 := a.(starlark.Tuple)
	tb, ok2 := b.(starlark.Tuple)
	if ok1 && ok2 {
		return rt.compareLists(op, ta, tb)
	}
	la, ok1 := a.(*starlark.List)
	lb, ok2 := b.(*starlark.List)
	if ok1 && ok2 {
		return rt.compareLists(op, listOf(la), listOf(lb))
	}
	if !comparable(a, b) {
		return false, rt.notSupported(op.String(), x, y)
	}
	return starlark.Compare(op, a, b)
}

// comparable tells whether Starlark has an order for values of Python that have one.
func comparable(a, b starlark.Value) bool {
	number := func(v starlark.Value) bool { return v.Type() == "int" || v.Type() == "float" }
	switch {
	case number(a) && number(b):
		return true
	case a.Type() != b.Type():
		return false
	}
	switch a.(type) {
	case starlark.NoneType, *starlark.Dict:
		return false
	}
	return true
}

func listOf(l *starlark.List) []starlark.Value {
	out := make([]starlark.Value, l.Len())
	for i := range out {
		out[i] = l.Index(i)
	}
	return out
}

func (rt *Runtime) compareLists(op syntax.Token, xs, ys []starlark.Value) (bool, error) {
	for i := range min(len(xs), len(ys)) {
		eq, err := rt.equal(xs[i], ys[i])
		if err != nil {
			return false, err
		}
		if !eq {
			return rt.compareValues(op, xs[i], ys[i])
		}
	}
	return starlark.Compare(op, starlark.MakeInt(len(xs)), starlark.MakeInt(len(ys)))
}

// equal is == of Python, where True is 1, and objects of different types may be equal.
func (rt *Runtime) equal(x, y starlark.Value) (bool, error) {
	_, xo := x.(*Instance)
	_, yo := y.(*Instance)
	if xo || yo {
		eq, _, err := rt.compareObjects(syntax.EQL, x, y)
		return eq, err
	}
	if x.Type() != y.Type() {
		x, y = setOf(plainTuple(toNumber(x))), setOf(plainTuple(toNumber(y)))
	}
	var xs, ys []starlark.Value
	switch a := plainTuple(x).(type) {
	case starlark.Float:
		if b, ok := y.(starlark.Float); ok {
			return a == b, nil // of Starlark, nan is equal to itself
		}
		return starlark.Equal(x, y)
	case starlark.Tuple:
		b, ok := plainTuple(y).(starlark.Tuple)
		if !ok {
			return false, nil
		}
		xs, ys = a, b
	case *starlark.List:
		b, ok := y.(*starlark.List)
		if !ok {
			return false, nil
		}
		xs, ys = listOf(a), listOf(b)
	case *starlark.Dict:
		b, ok := y.(*starlark.Dict)
		if !ok || a.Len() != b.Len() {
			return starlark.Equal(x, y)
		}
		for _, kv := range a.Items() {
			v, found, err := b.Get(kv[0])
			if err != nil || !found {
				return false, err
			}
			if eq, err := rt.same(kv[1], v); err != nil || !eq {
				return false, err
			}
		}
		return true, nil
	default:
		return starlark.Equal(x, y)
	}
	if len(xs) != len(ys) {
		return false, nil
	}
	for i := range xs {
		if eq, err := rt.same(xs[i], ys[i]); err != nil || !eq {
			return false, err
		}
	}
	return true, nil
}

// same tells whether elements of containers are equal: Python takes an object as equal to itself without asking it.
func (rt *Runtime) same(x, y starlark.Value) (bool, error) {
	if identical(x, y) {
		return true, nil
	}
	return rt.equal(x, y)
}

// chain is a chained comparison: a value, then operators and functions that give the next value, which are called
// as long as what was compared before is true.
func (rt *Runtime) chain(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
	x := a[0]
	var result starlark.Value = starlark.True
	for rest := a[1:]; len(rest) >= 2; rest = rest[2:] {
		op, _ := starlark.AsString(rest[0])
		y, err := starlark.Call(th, rest[1], nil, nil)
		if err != nil {
			return nil, err
		}
		if result, err = rt.compare(op, x, y); err != nil || !result.Truth() {
			return result, err
		}
		x = y
	}
	return result, nil
}

// compare is a comparison as Python does it.
func (rt *Runtime) compare(op string, x, y starlark.Value) (starlark.Value, error) {
	switch op {
	case "==", "!=":
		eq, err := rt.equal(x, y)
		return starlark.Bool(eq == (op == "==")), err
	case "is", "is not":
		return starlark.Bool(identical(x, y) == (op == "is")), nil
	case "in", "not in":
		in, err := rt.contains(y, x)
		if err != nil {
			return nil, err
		}
		return starlark.Bool(bool(in.Truth()) == (op == "in")), nil
	}
	less, err := rt.compareValues(comparisonTokens[op], x, y)
	return starlark.Bool(less), err
}
