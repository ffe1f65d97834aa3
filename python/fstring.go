package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// str lowers a string, its adjacent parts and its replacement fields.
func (l *lowerer) str(x *syntax.Str) ex {
	var parts []ex
	for i, p := range x.Parts {
		if p.Err != "" {
			l.findingAt(p.Start, "string-escape", p.Err, "")
		}
		var e ex
		if p.Format() {
			e = l.fstring(p)
		} else {
			e = at(literal(p), p.Start)
		}
		if i > 0 && e.text() == `""` {
			continue
		}
		parts = append(parts, e)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	out := parts[0].paren(precAdd)
	for i, p := range parts[1:] {
		plus := " + "
		if l.file.Line(x.Parts[i].End) != l.file.Line(x.Parts[i+1].Start) && l.depth > 0 {
			plus = " +" + l.commentsBefore(x.Parts[i+1].Start) + "\n"
		}
		out = cat(out, plus, p.paren(precMul))
	}
	return out.with(precAdd)
}

func (l *lowerer) fstring(p *syntax.StrPart) ex {
	var text strings.Builder
	var args []ex
	escape := func(s string) string { return strings.NewReplacer("{", "{{", "}", "}}").Replace(s) }
	var only *syntax.Field
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.X == nil {
			text.WriteString(escape(f.Text))
			continue
		}
		text.WriteString(escape(f.Debug))
		text.WriteString("{}")
		args = append(args, l.field(*f))
		only = f
	}
	long := len(p.Quote) == 3
	if len(args) == 0 {
		plain := ""
		for _, f := range p.Fields {
			plain += f.Text
		}
		return at(quote(plain, long), p.Start)
	}
	if text.String() == "{}" {
		t := args[0].text()
		if strings.HasPrefix(t, "py.str(") || strings.HasPrefix(t, "py.format(") || strings.HasPrefix(t, "py.repr(") {
			return args[0]
		}
		if only.Conv == 0 && l.of(only.X).only(kStr) {
			return args[0]
		}
		return cat("str(", args[0], ")")
	}
	return cat(at(quote(text.String(), long), p.Start), ".format(", commas(args), ")")
}

// field lowers a replacement field to something whose str() is the field's text.
func (l *lowerer) field(f syntax.Field) ex {
	l.show(f.X)
	e := l.expr(f.X)
	if e.prec == 0 {
		e = cat("(", e, ")")
	}
	t := l.of(f.X)
	conv := f.Conv
	if f.Debug != "" && conv == 0 && f.Spec == nil {
		conv = 'r'
	}
	converted := true
	switch {
	case conv == 'r' && t.only(kInt|kBool|kNone) && len(f.Spec) == 0:
	case conv == 'r':
		e = cat("py.repr(", e, ")")
	case conv == 'a':
		e = cat("py.ascii(", e, ")")
	case conv == 's' && (!t.simple() || len(f.Spec) > 0 && !t.only(kStr)):
		e = cat("py.str(", e, ")")
	case conv == 0:
		converted = false
	}
	if len(f.Spec) == 0 {
		if l.formats && !converted && t.may(kObject) {
			return cat("py.format(", e, ", \"\")")
		}
		if !converted && !t.simple() {
			return cat("py.str(", e, ")")
		}
		return e
	}
	return cat("py.format(", e, ", ", l.fstring(&syntax.StrPart{Quote: `"`, Prefix: "f", Fields: f.Spec, Span: syntax.Span{Start: f.X.Range().Start}}), ")")
}

// formatCall lowers "…".format(…) when Starlark's own gives the same.
func (l *lowerer) formatCall(s *syntax.Str, x *syntax.Call) (ex, bool) {
	for _, p := range s.Parts {
		if p.Format() || p.Err != "" || p.Bytes() {
			return ex{}, false
		}
		v := strings.NewReplacer("{{", "", "}}", "").Replace(p.Value)
		for {
			i := strings.IndexByte(v, '{')
			if i < 0 {
				break
			}
			j := strings.IndexByte(v[i:], '}')
			if j < 0 || strings.ContainsAny(v[i:i+j], "!:.[") {
				return ex{}, false
			}
			v = v[i+j+1:]
		}
	}
	for _, a := range x.Args {
		if a.Star != 0 || !l.of(a.Value).simple() {
			return ex{}, false
		}
	}
	return l.plainCall(cat(l.expr(s).paren(precPrimary), ".format"), x), true
}
