package python

import (
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// of returns the type of an expression, as far as it is known in this round.
func (in *inference) of(x syntax.Expr) *typ {
	if x == nil {
		return nil
	}
	if t, ok := in.memo[x]; ok {
		return t
	}
	t := in.expr(x)
	in.memo[x] = t
	return t
}

func (in *inference) expr(x syntax.Expr) *typ {
	switch x := x.(type) {
	case *syntax.Paren:
		return in.of(x.X)
	case *syntax.Name:
		return in.name(x)
	case *syntax.Num:
		if isFloat(x.Text) {
			return tFloat
		}
		return tInt
	case *syntax.Str:
		in.parts(x)
		if x.Parts[0].Bytes() {
			return tBytes
		}
		if v := x.Parts[0].Value; len(x.Parts) == 1 && !x.Parts[0].Format() && strings.TrimSpace(v) == v {
			return tWord
		}
		return tStr
	case *syntax.Tuple:
		ts := in.allOf(x.Elts)
		if starred(x.Elts) {
			return &typ{k: kTuple, elem: joinAll(ts)}
		}
		return tupleOf(ts...)
	case *syntax.List:
		return listOf(joinAll(in.allOf(x.Elts)))
	case *syntax.Set:
		return setOf(joinAll(in.allOf(x.Elts)))
	case *syntax.Starred:
		return in.of(x.X).element()
	case *syntax.Dict:
		var k, v *typ
		for i, key := range x.Keys {
			if key == nil {
				t := in.of(x.Values[i])
				if !t.only(kDict) {
					t = dictOf(tAny, tAny)
				}
				k, v = join(k, t.key), join(v, t.elem)
				continue
			}
			k, v = join(k, in.of(key)), join(v, in.of(x.Values[i]))
		}
		return dictOf(k, v)
	case *syntax.Comp:
		for _, c := range x.Clauses {
			in.assign(c.Target, in.of(c.Iter).element())
			in.allOf(c.Ifs)
		}
		e := in.of(x.Elt)
		switch x.Kind {
		case '{':
			return setOf(e)
		case ':':
			return dictOf(in.of(x.Key), e)
		}
		return listOf(e)
	case *syntax.Unary:
		t := in.of(x.X)
		switch {
		case x.Op == "not":
			return tBool
		case t.only(kBool):
			return tInt
		case t.only(kInt | kFloat):
			return t
		}
		return tAny
	case *syntax.Binary:
		a, b := in.of(x.X), in.of(x.Y)
		if x.Op == "and" || x.Op == "or" {
			return join(a, b)
		}
		return in.binary(x.Op, a, b)
	case *syntax.Compare:
		in.parts(x)
		return tBool
	case *syntax.Cond:
		in.of(x.If)
		return join(in.of(x.Then), in.of(x.Else))
	case *syntax.Named:
		t := in.of(x.X)
		in.add(in.names[x.Name], t)
		return t
	case *syntax.Attr:
		return in.attr(x)
	case *syntax.Index:
		return in.index(x)
	case *syntax.Call:
		return in.call(x)
	}
	in.parts(x)
	return tAny
}

// parts examines the parts of an expression.
func (in *inference) parts(x syntax.Expr) {
	syntax.Walk(x, func(n syntax.Node) bool {
		if n != x {
			in.of(n.(syntax.Expr))
		}
		return n == x
	})
}

func isFloat(s string) bool {
	return !strings.HasPrefix(strings.ToLower(s), "0x") && strings.ContainsAny(s, ".eEjJ")
}

func (in *inference) allOf(xs []syntax.Expr) []*typ {
	ts := make([]*typ, len(xs))
	for i, x := range xs {
		ts[i] = in.of(x)
	}
	return ts
}

func (in *inference) name(x *syntax.Name) *typ {
	switch x.ID {
	case "True", "False":
		return tBool
	case "None":
		return tNone
	}
	v := in.names[x]
	if v == nil {
		return tAny
	}
	if !v.free {
		return v.typ
	}
	if g := api.Load().Variable(x.ID); g != nil {
		return fromAPI(g.Type, nil)
	}
	if in.isMachine(x.ID) {
		return machineOf("Machine")
	}
	return tAny
}

// isMachine reports whether a name that the script does not define may be a machine of the test: all its uses are possible
// for machines.
func (in *inference) isMachine(name string) bool {
	a := api.Load()
	known := a.Variable(name) != nil || a.Function(name) != nil || apiModule(name) != nil || builtin(name) != nil
	if known || foreignBuiltins()[name] || reserved[name] || isException(name) || notMachines().MatchString(name) {
		return false
	}
	v := in.module.vars[name]
	return in.likely[v] || in.calls[v] == 0 && !in.unlike[v]
}

// notMachines matches names of the environment without a declaration, and names that replace interpolations of Nix.
var notMachines = lazyre.Compile(`^(T|breakpoint|__name__|vlan[0-9]+|` + nixPrefix + `.*)$`)

func (in *inference) binary(op string, a, b *typ) *typ {
	switch {
	case a == nil || b == nil:
		return nil
	case a.only(kNumber) && b.only(kNumber):
		switch {
		case op == "/" || a.only(kFloat) || b.only(kFloat):
			return tFloat
		case op == "**" || a.has(kFloat) || b.has(kFloat):
			return join(tInt, tFloat)
		case strings.Contains("&|^", op) && a.only(kBool) && b.only(kBool):
			return tBool
		}
		return tInt
	case op == "/" && (a.only(kNumber) || b.only(kNumber)), a.only(kFloat) && !b.only(kStr), b.only(kFloat) && op != "%":
		return tFloat // whatever the type of the other number is
	case op == "%" && a.only(kStr), op == "+" && (a.only(kStr) || b.only(kStr)):
		return tStr
	case op == "*" && a.only(kStr|kList):
		return a
	case op == "*" && b.only(kStr|kList):
		return b
	case a.only(kTuple) && b.only(kTuple):
		return &typ{k: kTuple, elem: join(a.elem, b.elem)}
	case a.only(kSet):
		return setOf(join(a.elem, b.element()))
	case a.k == b.k && a.only(kList|kSet|kDict|kBytes):
		return join(a, b)
	}
	return tAny
}

func (in *inference) attr(x *syntax.Attr) *typ {
	base := in.of(x.X)
	if v := api.Load().Variable(in.driverFunction(x)); v != nil {
		return fromAPI(v.Type, nil)
	}
	if base.only(kMachine) {
		if c := api.Load().Class(base.name); c != nil && c.Attribute(x.Name) != nil {
			return fromAPI(c.Attribute(x.Name).Type, nil)
		}
	}
	if _, v := declared(in.dotted(x)); v != nil {
		return fromAPI(v.Type, nil)
	}
	return tAny
}

func (in *inference) index(x *syntax.Index) *typ {
	base := in.of(x.X)
	in.of(x.Sub)
	_, slice := x.Sub.(*syntax.Slice)
	n, isConst := constInt(x.Sub)
	switch {
	case slice && base.only(kStr):
		return tStr
	case slice && base.only(kList|kTuple|kBytes):
		return &typ{k: base.k, elem: base.elem}
	case slice && !base.only(kJSON):
		return tAny
	case base.only(kTuple) && isConst && n >= -len(base.tup) && n < len(base.tup):
		return base.tup[(n+len(base.tup))%len(base.tup)]
	case base.only(kDict):
		return base.elem
	}
	return base.element()
}

// constInt returns the value of a small decimal number.
func constInt(x syntax.Expr) (int, bool) {
	neg := 1
	if u, ok := unparen(x).(*syntax.Unary); ok && u.Op == "-" {
		neg, x = -1, u.X
	}
	n, ok := unparen(x).(*syntax.Num)
	if !ok || len(n.Text) > 6 {
		return 0, false
	}
	v, err := strconv.Atoi(n.Text)
	return neg * v, err == nil
}
