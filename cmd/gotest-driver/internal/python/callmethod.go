package python

import (
	"cmp"
	"slices"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// foreignMethods are methods of Python's types that Starlark's types lack.
var foreignMethods = map[string]string{
	"zfill": "", "ljust": "", "rjust": "", "center": "", "swapcase": "", "expandtabs": "", "translate": "",
	"isidentifier": "", "isprintable": "", "isascii": "", "format_map": "use format(**d)", "hex": "", "move_to_end": "",
	"difference_update": "assign the difference", "intersection_update": "assign the intersection",
	"symmetric_difference_update": "assign the symmetric_difference", "isdisjoint": "test whether the intersection is empty",
	"bit_length": "", "to_bytes": "", "is_integer": "", "as_integer_ratio": "", "conjugate": "", "fromkeys": "write a comprehension",
	"from_bytes": "", "fromhex": "", "maketrans": "", "lastindex": "",
}

// positionalParams are the parameters of functions and methods that accept them only by position in Starlark.
var positionalParams = map[string][]string{
	"enumerate": {"iterable", "start"},
	"split":     {"sep", "maxsplit"}, "rsplit": {"sep", "maxsplit"}, "splitlines": {"keepends"},
	"replace": {"old", "new", "count"},
}

// renamedMethods have another name in Starlark, with the same meaning except for rare letters.
var renamedMethods = map[string]string{"casefold": "lower", "isdecimal": "isdigit", "isnumeric": "isdigit"}

func (l *lowerer) method(fn *syntax.Attr, x *syntax.Call) ex {
	base := l.of(fn.X)
	if base.may(kMachine) {
		x = renamedArgs(fn.Name, x)
	}
	switch machine := base.may(kMachine) && (base == nil || base.name == "" || base.name == "Machine"); {
	case machine && fn.Name == "log":
		return l.shownCall(at("log.info", x.Start), x)
	case machine && fn.Name == "nested":
		return l.plainCall(at("log.nested", x.Start), x)
	case base.only(kMachine):
		return l.plainCall(l.attr(fn), x)
	case l.typeNames(fn.X) != nil && len(x.Args) > 0: // str.upper(s)
		method := &syntax.Attr{Span: fn.Span, X: x.Args[0].Value, Name: fn.Name}
		return l.method(method, &syntax.Call{Span: x.Span, Fn: method, Args: x.Args[1:]})
	}
	over := 0
	one := len(x.Args) == 1 && x.Args[0].Name == "" && x.Args[0].Star == 0
	switch fn.Name {
	case "format":
		if s, ok := unparen(fn.X).(*syntax.Str); ok && !isPlain(s, plainFormat()) {
			return l.none(x, "format-spec", "a format with a width, a precision or a conversion", "use `%x` and the like, or strings of your own")
		}
		for _, a := range x.Args {
			t := l.of(a.Value)
			if a.Star == 1 {
				t = t.element()
			} else if a.Star == 2 && t.only(kDict) {
				t = t.elem
			}
			if l.foreignType(t) {
				return l.none(a.Value, "text-form", "Python's text form of this", "make it a string or an int")
			}
		}
	case "copy":
		if len(x.Args) == 0 && (base.only(kList) || base.only(kDict) || base.only(kSet)) {
			return cat(at(classes[base.k]+"(", x.Start), l.expr(fn.X), ")")
		}
		if base.may(kList | kDict | kSet) {
			return l.none(x, "method", "`copy` of a value of unknown type", "use list(x) or dict(x)")
		}
	case "sort", "reverse":
		return l.none(x, "method", "`"+fn.Name+"` in this place", "use sorted(x) or reversed(x)")
	case "encode", "decode":
		switch {
		case !base.may(kStr|kBytes) || !isUTF8(x):
			return l.none(x, "method", "`"+fn.Name+"` of this", "bytes(s) and str(b) translate from and to UTF-8")
		case fn.Name == "encode":
			return cat(at("bytes(", x.Start), l.argument(fn.X), ")")
		case base.only(kStr): // has no decode
			return l.none(x, "method", "`decode` of a string", "")
		}
		if c, ok := unparen(fn.X).(*syntax.Call); ok {
			if path := l.callee(c); path == "base64.b64encode" || path == "base64.urlsafe_b64encode" {
				return l.b64encode(path, c)
			}
		}
		return cat(at("str(", x.Start), l.argument(fn.X), ")")
	case "join", "extend", "update":
		if one && base.may(kStr|kList|kSet) && !l.of(x.Args[0].Value).only(kDict) {
			over = 1
		}
	case "find", "rfind", "index", "rindex":
		if l.countsBytes(fn.X) {
			return l.bytesNotLetters(x)
		}
	case "count":
		if one && base.only(kList|kTuple) && isSimple(x.Args[0].Value) {
			item := l.elementName()
			return cat(at("len(", x.Start), "["+item+" for "+item+" in ", l.expr(fn.X).paren(precOr), " if "+item+" == ", l.expr(x.Args[0].Value).paren(precPipe), "])")
		}
	}
	if hint, foreign := foreignMethods[fn.Name]; foreign {
		return l.none(x, "method", "the method `"+fn.Name+"`", hint)
	}
	name := cmp.Or(renamedMethods[fn.Name], attrName(fn.Name))
	return l.callWith(cat(l.expr(fn.X).paren(precPrimary), ".", at(name, fn.NamePos())), x, positionalParams[fn.Name], over)
}

// isUTF8 reports whether encode or decode is from or to UTF-8.
func isUTF8(x *syntax.Call) bool {
	if len(x.Args) != 1 {
		return len(x.Args) == 0
	}
	s, ok := unparen(x.Args[0].Value).(*syntax.Str)
	return ok && (x.Args[0].Name == "" || x.Args[0].Name == "encoding") && utf8Names().MatchString(s.Parts[0].Value)
}

var utf8Names = lazyre.Compile(`^(?i:utf-?8|(us-?)?ascii)$`)

// resort lowers x.sort() and x.reverse() as statements: the variable gets a new list. ok is false if there may be other
// references to the old one.
func (l *lowerer) resort(x *syntax.Call) (ex, bool) {
	fn, _ := x.Fn.(*syntax.Attr)
	if fn == nil || fn.Name != "sort" && fn.Name != "reverse" {
		return ex{}, false
	}
	n, _ := fn.X.(*syntax.Name)
	v := l.names[n]
	if v == nil || v.free || v.param || v.owner != l.function || !v.typ.only(kList) || !l.alone(v, x) {
		return ex{}, false
	}
	if fn.Name == "reverse" {
		return cat(at(v.out, n.Start), " = list(reversed(", at(v.out, x.Start), "))"), true
	}
	call := &syntax.Call{Span: x.Span, Fn: fn, Args: append([]syntax.Arg{{Span: n.Span, Value: n}}, x.Args...)}
	e, ok := l.collect("sorted", call)
	return cat(at(v.out, n.Start), " = ", e), ok
}

// keepsNothing has functions that read a list and do not keep it.
var keepsNothing = set(`len print sorted sum min max enumerate zip set tuple list str`)

// isNewList reports whether an expression makes a new list.
func (l *lowerer) isNewList(x syntax.Expr) bool {
	switch x := unparen(x).(type) {
	case *syntax.List:
		return true
	case *syntax.Comp:
		return x.Kind == '['
	case *syntax.Call:
		if a, ok := x.Fn.(*syntax.Attr); ok {
			return a.Name == "split" || a.Name == "splitlines"
		}
		path := l.callee(x)
		return path == "sorted" || path == "list"
	}
	return false
}

// alone reports whether a variable has the only reference to its list when a call is made: only new lists are assigned to
// it, and no use that may come before the call passes it on.
func (l *lowerer) alone(v *variable, call *syntax.Call) bool {
	end, fresh, safe := call.End, 0, map[int]bool{}
	looks := func(x syntax.Expr) {
		if n, ok := x.(*syntax.Name); ok {
			safe[n.Start] = true
		}
	}
	assigned := func(target, value syntax.Expr) {
		if n, ok := target.(*syntax.Name); ok && l.names[n] == v && l.isNewList(value) {
			fresh++
		}
	}
	repeated := func(s syntax.Stmt) bool {
		within := s.Range().Start < call.Start && call.End <= s.Range().End
		if within {
			end = max(end, s.Range().End) // statements after the call run before it in the next round
		}
		return within
	}
	syntax.Walk(l.file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.For:
			if !repeated(n) {
				looks(n.Iter)
			}
		case *syntax.While:
			repeated(n)
		case *syntax.Assign:
			if len(n.Targets) == 1 {
				assigned(n.Targets[0], n.Value)
			}
		case *syntax.AnnAssign:
			assigned(n.Target, n.Value)
		case *syntax.Comp:
			if n.Kind != '(' {
				looks(n.Clauses[0].Iter)
			}
		case *syntax.Index:
			looks(n.X)
		case *syntax.Call:
			if a, ok := n.Fn.(*syntax.Attr); ok {
				looks(a.X)
			}
			path := l.callee(n)
			for _, a := range n.Args {
				if keepsNothing()[path] && (len(n.Args) == 1 || path != "min" && path != "max") {
					looks(a.Value)
				}
			}
		}
		return true
	})
	return fresh == len(v.writes) && !slices.ContainsFunc(v.reads, func(u use) bool {
		return u.pos < end && (u.in != v.owner || !safe[u.pos])
	})
}
