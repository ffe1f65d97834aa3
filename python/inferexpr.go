package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/api"
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// of is what an expression can be, as far as it is known in this round.
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
		for _, p := range x.Parts {
			for _, f := range p.Fields {
				in.field(f)
			}
		}
		if x.Parts[0].Bytes() {
			return tBytes
		}
		return tStr
	case *syntax.Tuple:
		ts := in.allOf(x.Elts)
		for _, e := range x.Elts {
			if _, ok := e.(*syntax.Starred); ok {
				return &typ{k: kTuple, elem: joinAll(ts)}
			}
		}
		return tupleOf(ts...)
	case *syntax.List:
		return listOf(joinAll(in.allOf(x.Elts)))
	case *syntax.Set:
		return &typ{k: kSet, elem: joinAll(in.allOf(x.Elts))}
	case *syntax.Starred:
		return in.element(in.of(x.X))
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
			in.assign(c.Target, in.element(in.of(c.Iter)))
			in.allOf(c.Ifs)
		}
		e := in.of(x.Elt)
		switch x.Kind {
		case '{':
			return &typ{k: kSet, elem: e}
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
		case t.only(kInt), t.only(kFloat), t.only(kInt | kFloat):
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
		in.of(x.X)
		in.allOf(x.Ys)
		return tBool
	case *syntax.Cond:
		in.of(x.If)
		return join(in.of(x.Then), in.of(x.Else))
	case *syntax.Named:
		t := in.of(x.X)
		in.add(in.names[x.Name], t)
		return t
	case *syntax.Lambda:
		for _, p := range x.Params {
			in.of(p.Default)
		}
		return &typ{k: kFunc, ret: in.of(x.Body)}
	case *syntax.Attr:
		return in.attr(x)
	case *syntax.Index:
		return in.index(x)
	case *syntax.Call:
		return in.call(x)
	case *syntax.Slice:
		in.of(x.Lo)
		in.of(x.Hi)
		in.of(x.Step)
		return tAny
	}
	return tAny
}

func isFloat(s string) bool {
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		return false
	}
	return strings.ContainsAny(s, ".eEjJ")
}

func (in *inference) field(f syntax.Field) {
	if f.X != nil {
		in.of(f.X)
		for _, g := range f.Spec {
			in.field(g)
		}
	}
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
		return fromAPI(g.Type)
	}
	if x.ID == "__name__" {
		return tStr
	}
	if pythonBuiltins[x.ID] || api.Load().Module(x.ID) != nil || api.Load().Function(x.ID) != nil {
		return tAny
	}
	if in.machineLike(x.ID) {
		return machineOf("Machine")
	}
	return tAny
}

// machineLike tells whether a name that the script does not define can be a machine's: nothing is done with it that
// machines can't do.
func (in *inference) machineLike(name string) bool {
	if in.unlike == nil {
		in.unlike, in.likely = map[string]bool{}, map[string]bool{"machine": true}
		class := api.Load().Class("Machine")
		no := func(x syntax.Expr) {
			if n, ok := x.(*syntax.Name); ok {
				in.unlike[n.ID] = true
			}
		}
		for _, st := range in.file.Body {
			syntax.Walk(st, func(n syntax.Node) bool {
				switch n := n.(type) {
				case *syntax.Attr:
					if x, ok := n.X.(*syntax.Name); ok && strings.HasPrefix(n.Name, "wait_") || n.Name == "succeed" || n.Name == "execute" {
						if ok {
							in.likely[x.ID] = true
						}
					}
					if class.Method(n.Name) == nil && class.Attribute(n.Name) == nil && n.Name != "log" && n.Name != "nested" {
						no(n.X)
					}
				case *syntax.Call:
					no(n.Fn)
				case *syntax.Index:
					no(n.X)
				case *syntax.For:
					no(n.Iter)
				case *syntax.Binary:
					no(n.X)
					no(n.Y)
				case *syntax.Compare:
					if n.Ops[0] == "in" || n.Ops[0] == "not in" {
						no(n.Ys[0])
					}
				}
				return true
			})
		}
	}
	return (in.likely[name] || !in.unlike[name]) && !strings.HasPrefix(name, nixPrefix)
}

func (in *inference) binary(op string, a, b *typ) *typ {
	if a == nil || b == nil {
		return nil
	}
	num := kInt | kBool
	switch op {
	case "+", "-", "*", "//", "%", "**":
		switch {
		case a.only(num) && b.only(num):
			if op == "**" {
				return join(tInt, tFloat)
			}
			return tInt
		case a.only(num|kFloat) && b.only(num|kFloat):
			if a.only(kFloat) || b.only(kFloat) {
				return tFloat
			}
			return join(tInt, tFloat)
		}
	case "/":
		if a.only(num|kFloat) && b.only(num|kFloat) {
			return tFloat
		}
		return tAny
	case "<<", ">>":
		if a.only(num) && b.only(num) {
			return tInt
		}
	case "&", "|", "^":
		if a.only(kBool) && b.only(kBool) {
			return tBool
		}
		if a.only(num) && b.only(num) {
			return tInt
		}
	}
	switch op {
	case "+":
		if a.only(kStr) || b.only(kStr) {
			return tStr
		}
		if a.only(kList) && b.only(kList) {
			return join(a, b)
		}
		if a.only(kTuple) && b.only(kTuple) {
			return &typ{k: kTuple, elem: join(a.elem, b.elem)}
		}
		if a.only(kBytes) {
			return tBytes
		}
	case "%":
		if a.only(kStr) {
			return tStr
		}
	case "*":
		if a.only(kStr) || b.only(kStr) {
			return tStr
		}
		if a.only(kList) {
			return a
		}
		if b.only(kList) {
			return b
		}
	case "|":
		if a.only(kDict) && b.only(kDict) || a.only(kSet) && b.only(kSet) {
			return join(a, b)
		}
	case "-", "&", "^":
		if a.only(kSet) {
			return a
		}
	}
	return tAny
}

func (in *inference) attr(x *syntax.Attr) *typ {
	base := in.of(x.X)
	if x.Name == "__name__" {
		return tStr
	}
	if v := api.Load().Variable(in.driverFunction(x)); v != nil {
		return fromAPI(v.Type)
	}
	if base.only(kMachine) {
		if c := api.Load().Class(base.name); c != nil {
			if a := c.Attribute(x.Name); a != nil {
				return fromAPI(a.Type)
			}
		}
	}
	switch in.dotted(x) {
	case "string.ascii_letters", "string.ascii_lowercase", "string.ascii_uppercase", "string.digits":
		return tStr
	case "os.environ":
		return dictOf(tStr, tStr)
	}
	return tAny
}

func (in *inference) index(x *syntax.Index) *typ {
	base := in.of(x.X)
	in.of(x.Sub)
	if base == nil {
		return nil
	}
	if _, ok := x.Sub.(*syntax.Slice); ok {
		if base.only(kStr | kList | kTuple | kBytes) {
			t := *base
			t.tup = nil
			return &t
		}
		if base.only(kJSON) {
			return tJSON
		}
		return tAny
	}
	if base.only(kTuple) && base.tup != nil {
		if n, ok := constInt(x.Sub); ok {
			if n < 0 {
				n += len(base.tup)
			}
			if n >= 0 && n < len(base.tup) {
				return base.tup[n]
			}
		}
	}
	if base.only(kDict) {
		return base.elem
	}
	if base.only(kBytes) {
		return tInt
	}
	return in.element(base)
}

func constInt(x syntax.Expr) (int, bool) {
	neg := 1
	if u, ok := unparen(x).(*syntax.Unary); ok && u.Op == "-" {
		neg, x = -1, u.X
	}
	n, ok := unparen(x).(*syntax.Num)
	if !ok || len(n.Text) > 6 || strings.Trim(n.Text, "0123456789") != "" {
		return 0, false
	}
	v := 0
	for _, c := range n.Text {
		v = v*10 + int(c-'0')
	}
	return neg * v, true
}
