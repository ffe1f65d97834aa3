package check

import (
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// checkPercent checks format % value as go.starlark.net's interpolate does it.
func (c *checker) checkPercent(e *dialect.BinaryExpr, fe, ve dialect.Expr, v *typ) {
	format, ok := c.constString(fe)
	if !ok || c.silent {
		return
	}
	verbs, keys, problem := percentVerbs(format)
	fail := func(at dialect.Node, message, hint string) { c.report(FormatString, at.Span(), message, hint) }
	if problem != "" {
		hint := ""
		if strings.HasPrefix(problem, "unknown conversion") {
			hint = "Starlark knows %s %r %d %i %o %x %X %e %f %g %c %%, without widths and flags"
		} else if len(keys) > 0 {
			hint = "values come by position or by name, not both"
		}
		fail(fe, problem+" in the format", hint)
		return
	}
	if len(keys) > 0 {
		c.checkPercentKeys(keys, ve, v)
		return
	}
	for _, m := range v.members() {
		if unknown(m) || v.k == kUnion && (m.k == kTuple || m.k == kDict) {
			return
		}
	}
	values := []*typ{v}
	at := []dialect.Expr{ve}
	if v.k == kTuple {
		if v.variadic {
			return
		}
		values = v.args
		if list, ok := unparenTuple(ve); ok && len(list) == len(values) {
			at = list
		} else {
			at = make([]dialect.Expr, len(values))
			for i := range at {
				at[i] = ve
			}
		}
	}
	if len(verbs) != len(values) && !(v.k == kDict && len(verbs) == 0) {
		hint := ""
		if v.k == kList && len(verbs) == len(listLen(ve)) {
			hint = "give a tuple: write ( ) instead of [ ]"
		}
		fail(e, fmt.Sprintf("the format wants %s, but gets %d", plural(len(verbs), "value"), len(values)), hint)
		return
	}
	for i, verb := range verbs {
		if i >= len(values) {
			break
		}
		t := values[i]
		if !verbTakes(verb, t) {
			want := "a number"
			if verb == 'c' {
				want = "an int or a character"
			}
			fail(at[i], fmt.Sprintf("%%%c wants %s, not %s", verb, want, article(t)), "write %s")
		}
	}
}

func listLen(e dialect.Expr) []dialect.Expr {
	l, _ := unparenTuple(e)
	return l
}

func (c *checker) checkPercentKeys(keys []string, ve dialect.Expr, v *typ) {
	if v.k != kDict && v.k != kAny && v.k != kNever && v.k != kUnion && v.k != kObject {
		c.report(FormatString, ve.Span(), fmt.Sprintf("the format has %%(names), which take a dict, not %s", article(v)), "")
		return
	}
	d, ok := unparen(ve).(*dialect.DictExpr)
	if !ok {
		return
	}
	have := map[string]bool{}
	for _, x := range d.List {
		s, ok := c.constString(x.Key)
		if !ok {
			return
		}
		have[s] = true
	}
	for _, k := range keys {
		if !have[k] {
			hint, _ := didYouMean(k, sortedKeys(have), dialect.Range{})
			c.report(FormatString, d.Range, fmt.Sprintf("the format wants the key %q, which the dict has not", k), hint)
		}
	}
}

func verbTakes(verb byte, t *typ) bool {
	for _, m := range t.members() {
		switch {
		case unknown(m):
			return true
		case verb == 's' || verb == 'r':
			return true
		case verb == 'c':
			if m.k == kInt || m.k == kStr {
				return true
			}
		case number(m):
			return true
		}
	}
	return false
}

// percentVerbs reads a % format: its positional conversions and its %(keys).
func percentVerbs(format string) (verbs []byte, keys []string, problem string) {
	behind := byte(0) // a positional conversion that is not the first one, for which a dict has no value
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		if i < len(format) && format[i] == '%' {
			continue
		}
		keyed := false
		if i < len(format) && format[i] == '(' {
			j := strings.IndexByte(format[i:], ')')
			if j < 0 {
				return nil, nil, "a %( without )"
			}
			keys = append(keys, format[i+1:i+j])
			i += j + 1
			keyed = true
		}
		if i >= len(format) {
			return nil, nil, "a single % at the end"
		}
		if strings.IndexByte("srdioxXeEfFgGc", format[i]) < 0 {
			r := []rune(format[i:])[0]
			return nil, nil, fmt.Sprintf("unknown conversion %%%c", r)
		}
		if !keyed {
			if len(verbs)+len(keys) > 0 {
				behind = format[i]
			}
			verbs = append(verbs, format[i])
		}
	}
	if len(keys) > 0 && behind != 0 {
		return nil, keys, fmt.Sprintf("%%%c beside %%(%s)", behind, keys[0])
	}
	return verbs, keys, ""
}

// checkFormat checks format.format(…) as go.starlark.net's string_format does it.
func (c *checker) checkFormat(fe dialect.Expr, e *dialect.CallExpr, args []argument) {
	format, ok := c.constString(fe)
	if !ok || c.silent {
		return
	}
	positional, names, open := 0, map[string]bool{}, false
	for _, a := range args {
		switch {
		case a.Star > 0:
			open = true
		case a.Name != nil:
			names[a.Name.Name] = true
		default:
			positional++
		}
	}
	fields, problem := formatFields(format)
	hint := ""
	auto := 0
	used := map[string]bool{}
	for _, f := range fields {
		if problem != "" {
			break
		}
		if f == "" {
			auto++
			if auto > positional && !open {
				problem = fmt.Sprintf("the format wants %d or more values by position, but gets %d", auto, positional)
			}
			continue
		}
		used[f] = true
		if n := 0; isDecimal(f) {
			if _, err := fmt.Sscan(f, &n); err == nil && n >= positional && !open {
				problem = fmt.Sprintf("the format wants value number %d, but gets %d", n, positional)
			}
		} else if !names[f] && !open {
			problem = fmt.Sprintf("the format wants `%s`, which is not given", f)
			hint, _ = didYouMean(f, sortedKeys(names), dialect.Range{})
		}
	}
	if problem != "" {
		c.report(FormatString, fe.Span(), problem, hint)
		return
	}
	if auto > 0 && auto < positional && !open {
		n := 0
		for _, a := range args {
			if a.Name == nil {
				if n++; n > auto {
					c.add(Finding{Code: UnusedFormatArgument, Severity: Warning, Range: a.Range, Message: fmt.Sprintf("the format has %s only: this value is not shown", plural(auto, "field"))})
					return
				}
			}
		}
	}
}

// formatFields reads a format of str.format: the names of its fields, empty for {}.
func formatFields(format string) (fields []string, problem string) {
	auto, manual := false, false
	for i := 0; i < len(format); i++ {
		switch format[i] {
		case '}':
			if i+1 < len(format) && format[i+1] == '}' {
				i++
				continue
			}
			return nil, "a single } in the format; write }}"
		case '{':
			if i+1 < len(format) && format[i+1] == '{' {
				i++
				continue
			}
			j := strings.IndexByte(format[i:], '}')
			if j < 0 {
				return nil, "a { without } in the format; write {{ for the character"
			}
			field := format[i+1 : i+j]
			i += j
			name, spec, _ := strings.Cut(field, ":")
			if n, conv, ok := strings.Cut(name, "!"); ok {
				name = n
				if conv != "s" && conv != "r" {
					return nil, fmt.Sprintf("unknown conversion !%s in the format", conv)
				}
			}
			switch {
			case spec != "":
				return nil, fmt.Sprintf("Starlark has no format specification :%s", spec)
			case strings.ContainsAny(name, ".[{"):
				return nil, fmt.Sprintf("the field {%s}: Starlark takes a number or a name only", name)
			case name == "":
				auto = true
			case isDecimal(name):
				manual = true
			}
			if auto && manual {
				return nil, "the format mixes {} and {0}"
			}
			fields = append(fields, name)
		}
	}
	return fields, ""
}
