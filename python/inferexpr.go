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
	case *syntax.Yield:
		in.of(x.X)
	case *syntax.Await:
		in.of(x.X)
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
	return (in.likely[name] || !in.unlike[name]) && !strings.HasPrefix(name, "NIX_")
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
	if base.only(kMachine) {
		if c := api.Load().Class(base.name); c != nil {
			if a := c.Attribute(x.Name); a != nil {
				return fromAPI(a.Type)
			}
		}
	}
	switch in.dotted(x) {
	case "string.ascii_letters", "string.ascii_lowercase", "string.ascii_uppercase", "string.digits", "os.sep",
		"string.hexdigits", "string.punctuation":
		return tStr
	case "os.environ":
		return tObject
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

// results are what functions of Python's own give.
var results = map[string]*typ{
	"len": tInt, "str": tStr, "int": tInt, "bool": tBool, "repr": tStr, "range": tRange, "print": tNone,
	"ord": tInt, "chr": tStr, "hex": tStr, "oct": tStr, "bin": tStr, "isinstance": tBool, "any": tBool, "all": tBool,
	"callable": tBool, "hasattr": tBool, "format": tStr, "ascii": tStr, "float": tFloat, "hash": tInt,
	"json.loads": tJSON, "json.load": tJSON, "json.dumps": tStr,
	"time.time": tFloat, "time.monotonic": tFloat, "time.sleep": tNone, "time.strftime": tStr,
	"re.sub": tStr, "re.escape": tStr, "re.split": listOf(tAny), "re.findall": listOf(tAny),
	"shlex.quote": tStr, "shlex.join": tStr, "shlex.split": tStrs,
	"os.getcwd": tStr, "os.path.join": tStr, "os.path.basename": tStr, "os.path.dirname": tStr,
	"os.path.exists": tBool, "os.listdir": tStrs, "tempfile.mkdtemp": tStr,
	"textwrap.dedent": tStr, "textwrap.indent": tStr,
	"base64.b64encode": tBytes, "base64.b64decode": tBytes,
	"random.randint": tInt, "random.random": tFloat,
	"start_all": tNone, "join_all": tNone,
}

// methodResults are what methods give whose name says enough, when the receiver is no object of its own.
var methodResults = map[string]*typ{
	"strip": tStr, "lstrip": tStr, "rstrip": tStr, "lower": tStr, "upper": tStr, "title": tStr, "capitalize": tStr,
	"replace": tStr, "join": tStr, "format": tStr, "removeprefix": tStr, "removesuffix": tStr, "zfill": tStr,
	"ljust": tStr, "rjust": tStr, "center": tStr, "decode": tStr, "encode": tBytes, "split": tStrs,
	"rsplit": tStrs, "splitlines": tStrs, "startswith": tBool, "endswith": tBool, "isdigit": tBool,
	"partition": tupleOf(tStr, tStr, tStr), "rpartition": tupleOf(tStr, tStr, tStr), "swapcase": tStr,
	"expandtabs": tStr, "casefold": tStr, "isalpha": tBool, "isalnum": tBool, "isspace": tBool, "isupper": tBool,
	"islower": tBool, "find": tInt, "rfind": tInt, "index": tInt, "count": tInt,
	"append": tNone, "extend": tNone, "insert": tNone, "sort": tNone, "reverse": tNone, "clear": tNone,
	"add": tNone, "discard": tNone, "remove": tNone, "update": tNone,
}

func (in *inference) call(x *syntax.Call) *typ {
	var args []*typ
	for _, a := range x.Args {
		args = append(args, in.of(a.Value))
	}
	switch fn := x.Fn.(type) {
	case *syntax.Name:
		v := in.names[fn]
		if v == nil {
			return tAny
		}
		if v.fn != nil {
			in.bindArgs(v.fn, x, args)
			if v.typ == nil {
				return nil
			}
			return v.typ.ret
		}
		if !v.free {
			if v.module != "" {
				return in.known(v.module, x, args)
			}
			if v.typ.only(kFunc) {
				return v.typ.ret
			}
			return tAny
		}
		return in.known(fn.ID, x, args)
	case *syntax.Attr:
		if name := in.dotted(fn); name != "" {
			if t := in.known(name, x, args); t != tAny {
				return t
			}
		}
		base := in.of(fn.X)
		return in.method(fn, base, args)
	}
	in.of(x.Fn)
	return tAny
}

func (in *inference) known(name string, x *syntax.Call, args []*typ) *typ {
	if t, ok := results[name]; ok {
		if name == "float" || name == "int" {
			return t
		}
		return t
	}
	arg := func(i int) *typ {
		if i < len(args) {
			return args[i]
		}
		return tAny
	}
	elem := func(i int) *typ {
		if i >= len(args) {
			return nil
		}
		return in.element(args[i])
	}
	switch name {
	case "list", "sorted", "reversed":
		return listOf(elem(0))
	case "tuple":
		return &typ{k: kTuple, elem: elem(0)}
	case "set", "frozenset":
		return &typ{k: kSet, elem: elem(0)}
	case "dict":
		if len(args) == 1 && arg(0).only(kDict) {
			return arg(0)
		}
		return dictOf(tAny, tAny)
	case "enumerate":
		return listOf(tupleOf(tInt, elem(0)))
	case "zip":
		var ts []*typ
		for i := range args {
			ts = append(ts, elem(i))
		}
		return listOf(tupleOf(ts...))
	case "min", "max":
		if len(x.Args) == 1 {
			return elem(0)
		}
		if len(x.Args) > 1 && x.Args[1].Name == "" {
			return joinAll(args)
		}
		return tAny
	case "sum":
		if elem(0).only(kInt|kBool) && len(args) == 1 {
			return tInt
		}
		return tAny
	case "abs":
		if arg(0).only(kInt) {
			return tInt
		}
		return tAny
	case "round":
		if len(args) == 1 {
			return tInt
		}
		return tAny
	case "map":
		if len(x.Args) == 2 {
			if f, ok := x.Args[0].Value.(*syntax.Name); ok {
				if v := in.names[f]; v != nil && v.free {
					if t, ok := results[f.ID]; ok {
						return listOf(t)
					}
				}
			}
			if arg(0).only(kFunc) {
				return listOf(arg(0).ret)
			}
		}
		return listOf(tAny)
	case "filter":
		return listOf(elem(1))
	case "next":
		if len(args) == 2 {
			return join(elem(0), arg(1))
		}
		return elem(0)
	case "create_machine":
		return machineOf("Machine")
	}
	return tAny
}

func (in *inference) method(fn *syntax.Attr, base *typ, args []*typ) *typ {
	if base == nil {
		return nil
	}
	if base.only(kMachine) {
		if t, ok := machineMethod(base.name, fn.Name); ok {
			return t
		}
		return tAny
	}
	if n, ok := unparen(fn.X).(*syntax.Name); ok && in.names[n] != nil {
		in.mutate(in.names[n], base, fn.Name, args)
	}
	switch fn.Name {
	case "keys":
		if base.only(kDict) {
			return listOf(base.key)
		}
		return listOf(tAny)
	case "values":
		if base.only(kDict) {
			return listOf(base.elem)
		}
		if base.only(kJSON) {
			return listOf(tJSON)
		}
		return listOf(tAny)
	case "items":
		if base.only(kDict) {
			return listOf(tupleOf(base.key, base.elem))
		}
		if base.only(kJSON) {
			return listOf(tupleOf(tStr, tJSON))
		}
		return listOf(tupleOf(tAny, tAny))
	case "get", "setdefault", "pop":
		if base.only(kJSON) {
			return tJSON
		}
		if base.only(kDict) {
			t := base.elem
			if len(args) > 1 {
				t = join(t, args[1])
			} else if fn.Name == "get" {
				t = join(t, tNone)
			}
			return t
		}
		if base.only(kList | kSet) {
			return base.elem
		}
		return tAny
	case "copy":
		return base
	case "union", "intersection", "difference", "symmetric_difference":
		return base
	case "wait_for_qmp_event":
		return tAny
	}
	if base.may(kObject | kFunc) {
		// An unknown object can have a method of any name; only names that no sensible class gives another
		// meaning say something about the result.
		if base.k&kAny != 0 && len(args) == 0 {
			switch fn.Name {
			case "strip", "splitlines", "rstrip", "lstrip":
				return methodResults[fn.Name]
			}
		}
		return tAny
	}
	if t, ok := methodResults[fn.Name]; ok {
		if base.only(kBytes) && t == tStr && fn.Name != "decode" {
			return tBytes
		}
		if base.only(kBytes) && t == tStrs {
			return listOf(tBytes)
		}
		return t
	}
	return tAny
}

// mutate records what a method puts into a container.
func (in *inference) mutate(v *variable, base *typ, method string, args []*typ) {
	if len(args) == 0 || v.free {
		return
	}
	last := args[len(args)-1]
	switch {
	case base.only(kList) && (method == "append" || method == "insert"):
		in.add(v, listOf(last))
	case base.only(kList) && method == "extend":
		in.add(v, listOf(in.element(last)))
	case base.only(kSet) && method == "add":
		in.add(v, &typ{k: kSet, elem: last})
	case base.only(kSet) && method == "update":
		in.add(v, &typ{k: kSet, elem: in.element(last)})
	case base.only(kDict) && method == "setdefault" && len(args) == 2:
		in.add(v, dictOf(args[0], args[1]))
	case base.only(kDict) && method == "update":
		if last.only(kDict) {
			in.add(v, last)
		} else {
			in.add(v, dictOf(tAny, tAny))
		}
	}
}

// bindArgs joins what a call gives into the parameters of a function of the script.
func (in *inference) bindArgs(f *syntax.FuncDef, x *syntax.Call, args []*typ) {
	params, vars := paramsNamed(f.Params), in.params[f]
	give := func(i int, t *typ) {
		if p := params[i]; p.Star == 0 && !(p.Ann != nil && !fromAnnotation(p.Ann).may(kAny)) {
			in.add(vars[i], t)
		}
	}
	pos := 0
	for i, a := range x.Args {
		switch {
		case a.Star != 0:
			for j := range params {
				give(j, tAny)
			}
		case a.Name != "":
			for j, p := range params {
				if p.Name == a.Name {
					give(j, args[i])
				}
			}
		default:
			if pos < len(params) && params[pos].Star == 0 {
				give(pos, args[i])
				pos++
			}
		}
	}
}
