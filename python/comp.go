package python

import (
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

func (l *lowerer) clauses(cs []syntax.Clause) ex {
	var parts []any
	for _, c := range cs {
		if c.Async {
			l.finding(c.Target, "async", "`async for`", "use a plain for")
		}
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

// pureComp tells whether nobody sees when the elements are made.
func (l *lowerer) pureComp(x *syntax.Comp) bool {
	ok := l.pure(x.Elt)
	for i, c := range x.Clauses {
		ok = ok && (i == 0 || l.pure(c.Iter))
		for _, cond := range c.Ifs {
			ok = ok && l.pure(cond)
		}
	}
	return ok
}

var pureMethods = map[string]bool{
	"strip": true, "lstrip": true, "rstrip": true, "lower": true, "upper": true, "startswith": true, "endswith": true,
	"split": true, "get": true, "keys": true, "values": true, "items": true, "replace": true, "isdigit": true, "join": true,
	"splitlines": true, "format": true, "count": true, "find": true, "partition": true, "group": true, "groups": true,
}

var pureFunctions = map[string]bool{
	"len": true, "str": true, "repr": true, "bool": true, "isinstance": true, "int": true, "float": true, "sorted": true,
	"min": true, "max": true, "abs": true, "range": true, "any": true, "all": true, "list": true, "tuple": true, "set": true,
	"re.search": true, "re.match": true, "re.fullmatch": true, "re.findall": true, "re.sub": true, "re.compile": true,
	"shlex.quote": true, "json.loads": true, "json.dumps": true, "zip": true, "enumerate": true, "dict": true, "sum": true,
	"ord": true, "chr": true, "hex": true,
}

// pure tells whether evaluating x has no effect and can't fail on sensible data.
func (l *lowerer) pure(x syntax.Expr) bool {
	ok := true
	syntax.Walk(x, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Call:
			a, method := n.Fn.(*syntax.Attr)
			ok = ok && (pureFunctions[l.callee(n)] || method && pureMethods[a.Name] && !l.of(a.X).only(kMachine))
		case *syntax.Unary:
			ok = ok && n.Op != "await" && n.Op != "yield"
		case *syntax.Named:
			ok = false
		}
		return ok
	})
	return ok
}

// iter lowers an expression that is iterated over: strings can't be in Starlark.
func (l *lowerer) iter(x syntax.Expr) ex {
	if c, ok := generatorOf(x); ok {
		return l.listComp(c)
	}
	e := l.bare(x)
	if l.of(x).only(kStr) {
		return cat(e.paren(precPrimary), ".codepoints()")
	}
	return e.paren(precOr)
}
