package python

import (
	"strings"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

func (l *lowerer) name(x *syntax.Name) ex {
	switch {
	case x.ID == "...":
		return at("None", x.Start)
	case constantName(x.ID):
		return at(x.ID, x.Start)
	}
	switch v := l.names[x]; {
	case v.module != "":
		return l.member(x, v.module)
	case !v.free:
		return at(v.out, x.Start)
	case isException(x.ID):
		return l.none(x, "exception", "the exception `"+x.ID+"` in this place", "write functions whose result says what went wrong")
	case x.ID == "__name__":
		return at(`"__main__"`, x.Start)
	case x.ID == "breakpoint":
		return at("debug.breakpoint", x.Start)
	case foreignBuiltins()[x.ID]:
		return l.none(x, "builtin", "the builtin `"+x.ID+"`", builtinHints[x.ID])
	}
	return at(attrName(x.ID), x.Start)
}

// target lowers a target of an assignment.
func (l *lowerer) target(x syntax.Expr) ex {
	switch x := x.(type) {
	case *syntax.Name:
		return at(l.names[x].out, x.Start)
	case *syntax.Paren:
		return l.target(x.X)
	case *syntax.Tuple, *syntax.List:
		var ts []ex
		for _, e := range eltsOf(x) {
			ts = append(ts, l.nested(e))
		}
		if len(ts) == 0 {
			return l.none(x, "assignment", "an assignment to no target", "")
		}
		if len(ts) == 1 {
			return cat("(", ts[0], ",)")
		}
		return commas(ts)
	case *syntax.Starred:
		return l.none(x, "assignment", "`*` in this target", "unpack the list by its indices")
	case *syntax.Index:
		if _, ok := x.Sub.(*syntax.Slice); ok {
			return l.none(x, "assignment", "an assignment to a slice", "build a new list")
		}
		return cat(l.expr(x.X).paren(precPrimary), "[", l.bare(x.Sub), "]")
	case *syntax.Attr:
		return l.none(x, "assignment", "an assignment to an attribute", "use a dict")
	}
	return l.expr(x)
}

func (l *lowerer) nested(x syntax.Expr) ex {
	if eltsOf(x) != nil {
		return cat("(", l.target(x), ")")
	}
	return l.target(x)
}

func attrName(s string) string {
	if reserved[s] {
		return s + "_"
	}
	return s
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 126 || r == utf8.RuneError }) < 0
}
