package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
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
		if i > 0 && p.Text == "" {
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
	var text, plain strings.Builder
	var args []ex
	escape := func(s string) string { return strings.NewReplacer("{", "{{", "}", "}}").Replace(s) }
	var only *syntax.Field
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.X == nil {
			text.WriteString(escape(f.Text))
			plain.WriteString(f.Text)
			continue
		}
		text.WriteString(escape(f.Debug))
		text.WriteString("{}")
		args = append(args, l.field(*f))
		only = f
	}
	long := len(p.Quote) == 3
	if len(args) == 0 {
		return at(quote(plain.String(), long), p.Start)
	}
	if text.String() == "{}" {
		if only.Conv == 0 && l.of(only.X).only(kStr) || args[0].prec == precMul {
			return args[0]
		}
		return cat("str(", args[0], ")")
	}
	return cat(at(quote(text.String(), long), p.Start), ".format(", commas(args), ")")
}

// field lowers a replacement field to an expression whose str() is the field's text.
func (l *lowerer) field(f syntax.Field) ex {
	conv := f.Conv
	if f.Debug != "" && conv == 0 && f.Spec == nil {
		conv = 'r'
	}
	switch spec := specText(f.Spec); {
	case spec == "" && f.Spec == nil, spec == "d" && l.of(f.X).only(kInt), spec == "s" && l.of(f.X).only(kStr):
	case (spec == "x" || spec == "X" || spec == "o") && l.of(f.X).only(kInt):
		return cat(quote("%"+spec, false)+" % ", l.expr(f.X).paren(precUnary)).with(precMul)
	case l.shown == 0 || !layout().MatchString(spec) || truthy(l.of(f.X)) && conv == 0:
		return l.none(f.X, "format-spec", "a format with a width or a precision", "use strings of your own")
	}
	switch conv {
	case 'r':
		if l.of(f.X).only(kInt | kFloat | kBool | kNone) {
			return l.textOf(f.X)
		}
		return cat("repr(", l.reprOf(f.X), ")")
	case 'a':
		return l.none(f.X, "format-spec", "the conversion `!a`", "use repr(…)")
	}
	return l.textOf(f.X)
}

// layout matches a format that only changes the layout of a text, which may be dropped where only people read it.
var layout = lazyre.Compile(`^(.?[<>=^])?[-+ ]?[0-9]*,?(\.[0-9]+)?[dsfg]?$`)

// specText returns the text of a format; a field within it counts as a number.
func specText(spec []syntax.Field) string {
	text := ""
	for _, f := range spec {
		if f.X != nil {
			text += "1"
			continue
		}
		text += f.Text
	}
	return text
}
