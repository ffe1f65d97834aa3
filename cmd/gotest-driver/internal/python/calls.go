package python

import (
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// item is an element of a bracketed list with its place in the source.
type item struct {
	e    ex
	span syntax.Span
}

func (l *lowerer) items(xs []syntax.Expr) []item {
	l.depth++
	defer func() { l.depth-- }()
	out := make([]item, len(xs))
	for i, x := range xs {
		out[i] = item{l.bare(x), x.Range()}
	}
	return out
}

// bracket writes a bracketed list with the line breaks and comments of the source.
func (l *lowerer) bracket(open string, items []item, close string, span syntax.Span) ex {
	out := []seg{{open, span.Start}}
	line := l.file.Line(span.Start)
	for i, it := range items {
		if i > 0 {
			out = append(out, seg{",", -1})
		}
		if first := l.file.Line(it.span.Start); first != line {
			out = append(out, seg{l.commentsBefore(it.span.Start) + "\n", -1})
		} else if i > 0 {
			out = append(out, seg{" ", -1})
		}
		out = append(out, it.e.s...)
		line = l.file.Line(it.span.End)
	}
	if l.file.Line(span.End) != line && len(items) > 0 {
		if open != "(" || close == ",)" || len(items) != 1 {
			out = append(out, seg{",", -1})
			close = strings.TrimPrefix(close, ",")
		}
		out = append(out, seg{l.commentsBefore(span.End) + "\n", -1})
	}
	return ex{append(out, seg{close, -1}), precPrimary}
}

// args lowers the arguments of a call; over is the number of first positional arguments that are iterated over. Starlark
// allows one *args, after the positional ones, and one **kwargs. Parameters that are only positional in Starlark may be
// given by name.
func (l *lowerer) args(x *syntax.Call, positional []string, over int) []item {
	l.depth++
	defer func() { l.depth-- }()
	var pos, named, star, dict []item
	for i, a := range x.Args {
		place := slices.Index(positional, a.Name)
		switch {
		case len(star) > 0 && a.Name == "" && a.Star < 2, len(dict) > 0:
			l.finding(a.Value, "star-expression", "an argument after this `*`", "put them into one list or dict before")
		case a.Star == 1:
			star = append(star, item{cat("*", l.iter(a.Value).paren(precCond)), a.Span})
		case a.Star == 2:
			dict = append(dict, item{cat("**", l.expr(a.Value).paren(precCond)), a.Span})
		case a.Name == "" && i < over:
			pos = append(pos, item{l.iter(a.Value).paren(precCond), a.Span})
		case a.Name == "":
			pos = append(pos, item{l.argument(a.Value), a.Span})
		case place >= len(pos):
			for len(pos) < place {
				pos = append(pos, item{txt("None"), x.Span})
			}
			pos = append(pos, item{l.argument(a.Value), a.Span})
		default:
			named = append(named, item{cat(at(l.paramName(x, a.Name)+" = ", a.Start), l.argument(a.Value)), a.Span})
		}
	}
	return slices.Concat(pos, named, star, dict)
}

// paramName returns the name of a parameter in a call: renamed parameters have their new names.
func (l *lowerer) paramName(x *syntax.Call, name string) string {
	if fn, ok := x.Fn.(*syntax.Name); ok && l.names[fn] != nil && l.names[fn].fn != nil {
		for _, v := range l.params[l.names[fn].fn] {
			if v != nil && v.name == name {
				return v.out
			}
		}
	}
	return attrName(name)
}

// argument lowers an argument; a generator expression becomes a list.
func (l *lowerer) argument(x syntax.Expr) ex {
	if c, ok := generatorOf(x); ok {
		return l.listComp(c)
	}
	if _, text := unparen(x).(*syntax.Str); text {
		x = unparen(x) // the call's own parentheses join the lines
	}
	return l.bare(x).paren(precCond)
}

// plainCall lowers a call with fn as the called function.
func (l *lowerer) plainCall(fn ex, x *syntax.Call) ex { return l.callWith(fn, x, nil, 0) }

// callWith lowers a call with fn as the called function, some of whose parameters are positional or iterated over.
func (l *lowerer) callWith(fn ex, x *syntax.Call, positional []string, over int) ex {
	span := syntax.Span{Start: x.Fn.Range().End, End: x.End}
	args := l.bracket("(", l.args(x, positional, over), ")", span)
	args.s[0].src = x.Start // the checker's findings about a call are at its start
	return cat(fn.paren(precPrimary), args)
}

func (l *lowerer) call(x *syntax.Call) ex {
	path := l.callee(x)
	if e, ok := l.knownCall(path, x); ok {
		return e
	}
	if fn, ok := x.Fn.(*syntax.Attr); ok && l.modulePath(fn) == "" && l.driverFunction(fn) == "" {
		return l.method(fn, x)
	}
	return l.plainCall(l.expr(x.Fn), x)
}
