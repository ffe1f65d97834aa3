package check

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/keys"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lints of arguments whose values are known before the run.
const (
	ArgumentValue  Code = "argument-value"
	InvalidRegex   Code = "invalid-regex"
	UnknownKey     Code = "unknown-key"
	TimeoutTooLong Code = "timeout-too-long"
	UnlikelyTime   Code = "unlikely-duration"
)

func valueLints() []Lint {
	return []Lint{
		{Code: ArgumentValue, Severity: Error, find: argumentValues,
			Title: "An argument has a value that the function does not take.",
			Text:  "Durations are not negative, ports lie between 0 and 65535, mouse buttons are left, middle and right, and `create_machine` takes the guests that `gotest-driver guest list` names.",
			Wrong: `server: Machine
server.wait_for_open_port(80443)
`,
			Right: `server: Machine
server.wait_for_open_port(8443)
`},
		{Code: InvalidRegex, Severity: Error, find: invalidRegexes,
			Title: "A regular expression is not valid.",
			Text:  "The expressions are Python's.",
			Wrong: `server: Machine
server.wait_for_console_text("login: (")
`,
			Right: `server: Machine
server.wait_for_console_text("login: ")
`},
		{Code: UnknownKey, Severity: Error, find: unknownKeys,
			Title: "A key does not exist.",
			Text:  "Keys have QEMU's names, chords join them with `-`.",
			Wrong: `server: Machine
server.send_key("ctrl-alt-del")
`,
			Right: `server: Machine
server.send_key("ctrl-alt-delete")
`},
		{Code: TimeoutTooLong, Severity: Warning, find: times,
			Title: "A timeout or another time is longer than the whole run may take.",
			Text:  "The global timeout is that of the driver configuration or of --global-timeout.",
			Wrong: `server: Machine
server.wait_for_unit("sshd.service", timeout=100000)
`,
			Right: `server: Machine
server.wait_for_unit("sshd.service", timeout=600)
`},
		{Code: UnlikelyTime, Severity: Warning,
			Title: "A time is so long that it was probably meant in milliseconds.",
			Text:  "Times are in seconds, or made with the units of `time`. More than a day is found, a timeout of 5000 seconds or more that is a round number, and a sleep or an interval of 1000 seconds or more that is one. A number of whole hours is left alone.",
			Wrong: `server: Machine
server.send_key("ret", delay=50)
`,
			Right: `server: Machine
server.send_key("ret", delay=0.05)
`},
	}
}

// passed is an argument of a declared function that has the parameter's type.
type passed struct {
	fn    *api.Function
	param *param
	value dialect.Expr
}

// texts yields the arguments for parameters of a named type whose text is known before the run.
func (c *checker) texts(typeName string) iter.Seq2[passed, string] {
	return known(c, typeName, c.constString)
}

// numbers yields the arguments for parameters of a named type whose number is known before the run.
func (c *checker) numbers(typeName string) iter.Seq2[passed, float64] {
	return known(c, typeName, c.constNumber)
}

func known[T any](c *checker, typeName string, value func(dialect.Expr) (T, bool)) iter.Seq2[passed, T] {
	return func(yield func(passed, T) bool) {
		for _, a := range c.passed {
			if !a.param.named(typeName) {
				continue
			}
			if v, ok := value(a.value); ok && !yield(a, v) {
				return
			}
		}
	}
}

func argumentValues(c *checker) {
	report := func(a passed, message, hint string) { c.report(ArgumentValue, a.value.Span(), message, hint) }
	for a, s := range c.texts("MouseButton") {
		if code, message, hint := wrongButton(s); code != "" {
			report(a, message, hint)
		}
	}
	for a, s := range c.texts("KeyboardLayout") {
		if _, err := keys.LayoutNamed(s); err != nil {
			hint := "the layouts are " + strings.Join(keys.Layouts(), ", ")
			if best, ok := nearest(s, keys.Layouts()); ok {
				hint = fmt.Sprintf("did you mean `%s`?", best)
			}
			report(a, fmt.Sprintf("there is no keyboard layout %q", s), hint)
		}
	}
	for a, s := range c.texts("ArchName") {
		if _, err := arch.Named(s); err != nil {
			hint := "there are " + strings.Join(arch.Names(), ", ")
			if best, ok := arch.Near(s); ok {
				hint = fmt.Sprintf("did you mean `%s`?", best)
			}
			report(a, fmt.Sprintf("there is no arch %q", s), hint)
		}
	}
	for a, s := range c.texts("GuestName") {
		guests := c.cfg.Guests
		if guests == nil || slices.Contains(guests, s) {
			continue
		}
		hint := "the built-in guests are " + strings.Join(guests, ", ")
		if best, ok := nearest(s, slices.Clone(guests)); ok {
			hint = fmt.Sprintf("did you mean `%s`?", best)
		}
		report(a, fmt.Sprintf("there is no guest %q", s), hint)
	}
	for a, n := range c.numbers("Port") {
		if code, message, hint := wrongPort(n, c.text(a.value)); code != "" {
			report(a, message, hint)
		}
	}
}

func wrongPort(n float64, text string) (code Code, message, hint string) {
	if n < 0 || n > 65535 {
		return ArgumentValue, text + " is no port", "ports are 0 to 65535"
	}
	return "", "", ""
}

// WrongValue returns what is wrong with an argument of a script in Python: a "duration", a "port" or a "button", for the
// parameter of a name. The code is empty when nothing is.
func WrongValue(cfg Config, kind, param, value string) (code Code, message, hint string) {
	if kind == "button" {
		return wrongButton(value)
	}
	n, err := strconv.ParseFloat(value, 64)
	text := strings.TrimSuffix(value, ".0")
	switch {
	case err != nil:
	case kind == "port":
		return wrongPort(n, text)
	case kind == "duration":
		return wrongTime(&cfg, param, n, text, false)
	}
	return "", "", ""
}

func wrongButton(s string) (code Code, message, hint string) {
	if slices.Contains(mouseButtons(), s) {
		return "", "", ""
	}
	return ArgumentValue, fmt.Sprintf("there is no mouse button %q", s), "the buttons are left, middle and right"
}

func mouseButtons() []string { return []string{"left", "middle", "right"} }

// times reports times that are negative, longer than the run, or unlikely.
func times(c *checker) {
	for a, n := range c.numbers("Duration") {
		unit := c.typeOf(a.value).k == kClass
		if code, message, hint := wrongTime(c.cfg, a.param.name, n, c.text(a.value), unit); code != "" {
			c.report(code, a.value.Span(), message, hint)
		}
	}
}

// wrongTime returns what is wrong with a number of seconds for the parameter of a name; unit says that the script names
// the unit.
func wrongTime(cfg *Config, param string, n float64, text string, unit bool) (code Code, message, hint string) {
	const day, hour = 24 * 3600, 3600
	limit := cfg.GlobalTimeout.Seconds()
	switch {
	case n < 0:
		return ArgumentValue, "a duration can't be negative", ""
	case limit > 0 && n > limit:
		return TimeoutTooLong, fmt.Sprintf("the whole run ends after %g s, before these %g s are over", limit, n), ""
	}
	round := n >= 1000 && math.Mod(n, 1000) == 0 && math.Mod(n, hour) != 0
	likely := n <= day
	switch {
	case unit:
	case param == "delay":
		likely = n < 10
	case param == "timeout":
		likely = likely && (!round || n < 5000)
	default:
		likely = likely && !round
	}
	if likely {
		return "", "", ""
	}
	return UnlikelyTime, fmt.Sprintf("%s is %s: times are in seconds", text, minutes(n)), "write " + seconds(n/1000) + " if it was meant in milliseconds"
}

// minutes returns a number of seconds as text for people.
func minutes(n float64) string {
	if n < 60 {
		return seconds(n) + " seconds"
	}
	return strconv.FormatFloat(math.Round(n/6)/10, 'f', -1, 64) + " minutes"
}

func seconds(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func invalidRegexes(c *checker) {
	for a, s := range c.texts("Regex") {
		_, err := pyre.Compile(s, 0)
		if err == nil {
			continue
		}
		hint := ""
		if strings.HasPrefix(s, "*") || strings.HasPrefix(s, "+") {
			hint = "this is a regular expression, no shell pattern: write .* for any text"
		} else if strings.Count(s, "(") != strings.Count(s, ")") || strings.Count(s, "[") != strings.Count(s, "]") {
			hint = "a bracket that is meant literally is written \\\\( or r\"\\(\""
		}
		c.report(InvalidRegex, a.value.Span(), "invalid regular expression: "+err.Error(), hint)
	}
}

func unknownKeys(c *checker) {
	for a, s := range c.texts("Key") {
		if err := keys.Check(s); err != nil {
			c.unknownKey(a.value, s, err)
		}
	}
}

func (c *checker) unknownKey(at dialect.Expr, chord string, err error) {
	for _, part := range strings.Split(chord, "-") {
		if keys.Check(part) == nil || part == "" {
			continue
		}
		hint := ""
		var fixes []Fix
		if best, ok := nearest(part, keys.Names()); ok {
			hint = fmt.Sprintf("did you mean `%s`?", best)
			if lit, ok := unparen(at).(*dialect.Literal); ok && strings.Count(lit.Raw, part) == 1 {
				start := lit.Start + strings.Index(lit.Raw, part)
				fixes = []Fix{{Title: "Change to " + best, Safe: true, Edits: []Edit{{dialect.Range{Start: start, End: start + len(part)}, best}}}}
			}
		}
		c.report(UnknownKey, at.Span(), fmt.Sprintf("there is no key `%s`", part), hint, fixes...)
		return
	}
	c.report(UnknownKey, at.Span(), err.Error(), "")
}
