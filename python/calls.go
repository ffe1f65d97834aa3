package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/python/syntax"
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

// args lowers the arguments of a call. Starlark allows one *args, after the positional ones, and one **kwargs.
func (l *lowerer) args(x *syntax.Call, positional []string) []item {
	l.depth++
	defer func() { l.depth-- }()
	var pos, named, star []item
	var stars, dicts []ex
	var starSpan, dictSpan syntax.Span
	byName := map[string]item{}
	for _, a := range x.Args {
		switch {
		case a.Star == 1:
			starSpan = a.Span
			if l.of(a.Value).only(kList) {
				stars = append(stars, l.expr(a.Value).paren(precAdd))
			} else {
				stars = append(stars, cat("list(", l.iter(a.Value), ")"))
			}
		case a.Star == 2:
			dictSpan = a.Span
			dicts = append(dicts, l.expr(a.Value).paren(precPipe))
		case a.Name != "":
			it := item{cat(at(l.paramName(x, a.Name)+" = ", a.Start), l.argument(a.Value)), a.Span}
			if len(dicts) > 0 {
				dicts = append(dicts, cat("{"+quote(a.Name, false)+": ", l.argument(a.Value), "}"))
				continue
			}
			if positionIn(positional, a.Name) >= 0 {
				it.e = l.argument(a.Value)
				byName[a.Name] = it
				continue
			}
			named = append(named, it)
		case len(stars) > 0:
			stars = append(stars, cat("[", l.argument(a.Value), "]"))
		default:
			pos = append(pos, item{l.argument(a.Value), a.Span})
		}
	}
	for i := len(pos); i < len(positional) && len(byName) > 0; i++ {
		if it, ok := byName[positional[i]]; ok {
			pos = append(pos, it)
			delete(byName, positional[i])
		} else {
			pos = append(pos, item{txt("None"), x.Span})
		}
	}
	if len(stars) > 0 {
		e := sum(stars)
		if len(stars) == 1 {
			for _, a := range x.Args {
				if a.Star == 1 {
					e = l.iter(a.Value)
				}
			}
		}
		star = []item{{cat("*", e.paren(precCond)), starSpan}}
	}
	out := append(append(pos, named...), star...)
	if len(dicts) > 0 {
		e := dicts[0]
		for _, d := range dicts[1:] {
			e = cat(e, " | ", d).with(precPipe)
		}
		out = append(out, item{cat("**", e.paren(precCond)), dictSpan})
	}
	return out
}

// paramName is the name of a parameter in a call: parameters that were renamed have their new names.
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

func positionIn(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
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

// plainCall lowers a call with fn as what is called.
func (l *lowerer) plainCall(fn ex, x *syntax.Call) ex { return l.callWith(fn, x, nil) }

func (l *lowerer) callWith(fn ex, x *syntax.Call, positional []string) ex {
	open := x.Fn.Range().End
	return cat(fn.paren(precPrimary), l.bracketAt("(", l.args(x, positional), ")", syntax.Span{Start: open, End: x.End}, x.Start))
}

func (l *lowerer) bracketAt(open string, items []item, close string, span syntax.Span, src int) ex {
	e := l.bracket(open, items, close, span)
	e.s[0].src = src
	return e
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
