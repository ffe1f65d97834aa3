package python

import (
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

func (l *lowerer) clauses(cs []syntax.Clause) ex {
	var parts []any
	for _, c := range cs {
		parts = append(parts, " for ", l.target(c.Target), " in ", l.iter(c.Iter).paren(precOr))
		for _, cond := range c.Ifs {
			parts = append(parts, " if ", l.expr(cond).paren(precOr))
		}
	}
	return cat(parts...)
}

func (l *lowerer) comp(x *syntax.Comp) ex {
	switch x.Kind {
	case '{':
		return cat("set([", l.bare(x.Elt).paren(precCond), l.clauses(x.Clauses), "])")
	case ':':
		return cat("{", l.bare(x.Key).paren(precCond), ": ", l.bare(x.Elt).paren(precCond), l.clauses(x.Clauses), "}")
	case '(':
		if !l.pureComp(x) {
			return l.none(x, "generator", "a generator expression whose elements are made by calls", "make it a list with [ ], or write a loop")
		}
	}
	return l.listComp(x)
}

func (l *lowerer) listComp(x *syntax.Comp) ex {
	open, close := "[", "]"
	if l.file.Line(x.Start) != l.file.Line(x.Elt.Range().Start) {
		open = "[\n"
		close = "\n]"
	}
	return cat(open, l.bare(x.Elt).paren(precCond), l.clauses(x.Clauses), close)
}

// pureComp reports whether it does not matter when the elements are made; the iterable is evaluated at once.
func (l *lowerer) pureComp(x *syntax.Comp) bool { return l.pureBut(x, x.Clauses[0].Iter) }

var pureMethods = set(`
strip lstrip rstrip lower upper startswith endswith split get keys values items replace isdigit join splitlines format
count find partition group groups`)

var pureFunctions = set(`
len str repr bool isinstance int float sorted min max abs range any all list tuple set re.search re.match re.fullmatch
re.findall re.sub re.compile shlex.quote json.loads json.dumps zip enumerate dict sum ord chr hex`)

// pure reports whether evaluating x has no effect and can't fail on sensible data.
func (l *lowerer) pure(x syntax.Expr) bool { return l.pureBut(x, nil) }

func (l *lowerer) pureBut(x syntax.Expr, but syntax.Node) bool {
	ok := true
	syntax.Walk(x, func(n syntax.Node) bool {
		if n == but {
			return false
		}
		switch n := n.(type) {
		case *syntax.Call:
			a, method := n.Fn.(*syntax.Attr)
			ok = ok && (pureFunctions()[l.callee(n)] || method && pureMethods()[a.Name] && !l.of(a.X).only(kMachine))
		case *syntax.Unary:
			ok = ok && n.Op != "await" && n.Op != "yield"
		case *syntax.Named:
			ok = false
		}
		return ok
	})
	return ok
}

// iter lowers an expression that is iterated over, which can't be a string in Starlark.
func (l *lowerer) iter(x syntax.Expr) ex {
	if c, ok := generatorOf(x); ok {
		return l.listComp(c)
	}
	if l.of(x).only(kBytes) {
		return l.none(x, "bytes", "what goes over bytes, which are numbers for Python,", "decode them")
	}
	e := l.bare(x)
	if l.of(x).only(kStr) {
		return cat(e.paren(precPrimary), ".codepoints()")
	}
	return e.paren(precOr)
}
