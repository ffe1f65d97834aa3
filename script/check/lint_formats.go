package check

import (
	"fmt"
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lints of formats.
const (
	FormatString         Code = "format-string"
	UnusedFormatArgument Code = "unused-format-argument"
	LostFormat           Code = "lost-format"
)

func formatLints() []Lint {
	return []Lint{
		{Code: FormatString, Severity: Error, find: formatStrings,
			Title: "A format does not fit its arguments.",
			Text:  "Starlark's `%` has no widths, flags and precisions; `.format` has no `{:spec}`, `{x.y}` and `{x[0]}`.",
			Wrong: `print("%s:%d" % "localhost")
`,
			Right: `print("%s:%d" % ("localhost", 80))
`},
		{Code: UnusedFormatArgument, Severity: Warning, find: unusedFormatArguments,
			Title: "A format has fewer fields than it is given values.",
			Wrong: `print("{}".format("a", "b"))
`,
			Right: `print("{} {}".format("a", "b"))
`},
		{Code: LostFormat, Severity: Warning, find: lostFormats,
			Title: "A text has the field of a format, but is not formatted.",
			Text:  "Found are `{name}` where `name` is a name of the script, in a text without `.format`, and `%s` in messages without values. A shell variable `${name}`, `%{name}` and `{{name}}` are left alone, and so are texts without `.format` when the script formats texts that it keeps in names.",
			Wrong: `server: Machine
port = 80
server.wait_for_open_port(port)
server.succeed("curl --fail http://localhost:{port}/")
`,
			Right: `server: Machine
port = 80
server.wait_for_open_port(port)
server.succeed("curl --fail http://localhost:{}/".format(port))
`},
	}
}

var (
	field = lazyre.Compile(`(^|[^$%{\\])\{([A-Za-z_][A-Za-z0-9_]*)([.\[(!:][^{}"']*)?\}`)
	verb  = lazyre.Compile(`(^|[^%])%[sdr]`)
)

// lostFormats warns of texts with fields that nothing fills.
func lostFormats(c *checker) {
	var candidates []*dialect.Literal
	for lit := range nodes[*dialect.Literal](c) {
		text, ok := lit.Value.(string)
		if ok && lit.Token == syntax.STRING && (strings.Contains(text, "{") && field().MatchString(text) || strings.Contains(text, "%") && verb().MatchString(text)) {
			candidates = append(candidates, lit)
		}
	}
	if len(candidates) == 0 {
		return
	}
	formats, kept := c.formats()
	texts := map[dialect.Expr]bool{} // that people or the guest's shell read
	for _, a := range c.passed {
		texts[unparen(a.value)], texts[c.origin(a.value)] = true, true
	}
	messages := c.messages()
	for _, lit := range candidates {
		text := lit.Value.(string)
		if formats[lit] {
			continue
		}
		for _, m := range field().FindAllStringSubmatch(text, -1) {
			if kept && !texts[lit] || !c.inScope(m[2], lit.Range) {
				continue
			}
			c.report(LostFormat, lit.Range, fmt.Sprintf("`{%s}` stands in the text as it is: no .format() fills it in", m[2]+m[3]), fmt.Sprintf("write {} and .format(%s) behind the text", m[2]+m[3]))
			break
		}
		if messages[lit] && verb().MatchString(text) {
			c.report(LostFormat, lit.Range, "`%s` stands in the message as it is: no % operator follows", "write % and the values behind the text")
		}
	}
}

// formats returns the texts that are formats or no texts at all, and whether the script formats others, which it keeps
// under a name.
func (c *checker) formats() (formats map[dialect.Expr]bool, kept bool) {
	formats = map[dialect.Expr]bool{}
	var mark func(e dialect.Expr)
	mark = func(e dialect.Expr) {
		formats[unparen(e)] = true
		if b, ok := unparen(e).(*dialect.BinaryExpr); ok {
			mark(b.X)
			mark(b.Y)
		}
	}
	for n := range nodes[*dialect.CallExpr](c) {
		dot, ok := unparen(n.Fn).(*dialect.DotExpr)
		if !ok {
			continue
		}
		switch dot.Name.Name {
		case "format":
			_, known := c.constString(dot.X)
			kept = kept || !known
			mark(c.origin(dot.X))
			mark(dot.X)
		case "replace":
			mark(dot.X)
			if len(n.Args) > 0 {
				mark(n.Args[0].Value)
			}
		}
	}
	for s := range nodes[*dialect.ExprStmt](c) {
		formats[unparen(s.X)] = true // a doc string
	}
	return formats, kept
}

// messages returns the literals that are messages for people, whole.
func (c *checker) messages() map[dialect.Expr]bool {
	out := map[dialect.Expr]bool{}
	for _, a := range c.passed {
		switch name := a.fn.FullName(); {
		case name == "subtest" && a.param.name == "name", a.fn.Owner == "log", a.fn.Owner == "t" && a.param.name == "msg", name == "fail", name == "assert" && a.param.name == "msg":
			out[unparen(a.value)] = true
		}
	}
	return out
}

// inScope reports whether a name is one of the script's values at a place, and no function.
func (c *checker) inScope(name string, at dialect.Range) bool {
	sym := c.global.syms[name]
	for _, fn := range c.around(at) {
		if inner := fn.scope.syms[name]; inner != nil {
			sym = inner
			break
		}
	}
	return sym != nil && sym.kind != symFunction && sym.kind != symType
}

// formatStrings checks the formats whose text is known before the run.
func formatStrings(c *checker) {
	for e := range nodes[*dialect.BinaryExpr](c) {
		if format, ok := c.constString(e.X); ok && e.Op == syntax.PERCENT {
			c.checkPercent(e, format)
		}
	}
	for _, call := range c.formatCalls() {
		if call.problem != "" {
			c.report(FormatString, call.format.Span(), call.problem, call.hint)
		}
	}
}

// unusedFormatArguments warns of the first value that has no field in a format with {}.
func unusedFormatArguments(c *checker) {
	for _, call := range c.formatCalls() {
		if n := call.fields; n > 0 && n < len(call.positional) && !call.open && call.problem == "" {
			c.report(UnusedFormatArgument, call.positional[n].Range, fmt.Sprintf("the format has %s only: this value is not shown", plural(n, "field")), "")
		}
	}
}

// checkPercent checks format % value by the rules of go.starlark.net's interpolate.
func (c *checker) checkPercent(e *dialect.BinaryExpr, format string) {
	fe, ve, v := e.X, e.Y, c.typeOf(e.Y)
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
	if len(verbs) == 0 && unknown(v) {
		c.report(UnusedFormatArgument, e.Y.Span(), "the format has no field: this value is not shown", "write %s where it belongs")
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
	behind := byte(0) // a positional conversion after the first one, for which a dict has no value
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

// formatCall is a call of format.format(…), checked by the rules of go.starlark.net's string_format.
type formatCall struct {
	format        dialect.Expr
	fields        int            // number of {}
	positional    []*dialect.Arg // the values given by position
	open          bool           // * or ** hide arguments
	problem, hint string
}

// formatCalls returns the calls whose format is known before the run.
func (c *checker) formatCalls() []formatCall {
	var calls []formatCall
	for e := range nodes[*dialect.CallExpr](c) {
		fn, method := unparen(e.Fn).(*dialect.DotExpr)
		if t := c.typeOf(e.Fn); !method || t.k != kFunc || t.fn.decl == nil || t.fn.decl.FullName() != "str.format" {
			continue
		}
		if format, ok := c.constString(fn.X); ok {
			calls = append(calls, formatCallOf(fn.X, format, e.Args))
		}
	}
	return calls
}

func formatCallOf(at dialect.Expr, format string, args []*dialect.Arg) formatCall {
	call, names := formatCall{format: at}, map[string]bool{}
	for _, a := range args {
		switch {
		case a.Star > 0:
			call.open = true
		case a.Name != nil:
			names[a.Name.Name] = true
		default:
			call.positional = append(call.positional, a)
		}
	}
	var fields []string
	fields, call.problem = formatFields(format)
	given := len(call.positional)
	for _, f := range fields {
		if call.problem != "" {
			break
		}
		if f == "" {
			call.fields++
			if call.fields > given && !call.open {
				call.problem = fmt.Sprintf("the format wants %d or more values by position, but gets %d", call.fields, given)
			}
			continue
		}
		if n := 0; isDecimal(f) {
			if _, err := fmt.Sscan(f, &n); err == nil && n >= given && !call.open {
				call.problem = fmt.Sprintf("the format wants value number %d, but gets %d", n, given)
			}
		} else if !names[f] && !call.open {
			call.problem = fmt.Sprintf("the format wants `%s`, which is not given", f)
			call.hint, _ = didYouMean(f, sortedKeys(names), dialect.Range{})
		}
	}
	return call
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
