package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/keys"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// checkValue checks an argument whose value is known before the run, by the parameter's named type.
func (c *checker) checkValue(f *fnType, p *param, a *argument) {
	if f.decl == nil || c.silent {
		return
	}
	if isGuest(f, p) {
		c.checkGuest(a)
	}
	for _, t := range p.typ.members() {
		switch alias(p.typ, t) {
		case "Regex":
			c.checkRegex(a)
			return
		case "Key":
			c.checkKey(a)
		case "ShellCommand":
			c.lintCommand(f, a)
		case "Duration":
			c.checkDuration(f, p, a)
			return
		case "MouseButton":
			if s, ok := c.constString(a.Value); ok && s != "left" && s != "middle" && s != "right" {
				c.report(ArgumentValue, a.Value.Span(), fmt.Sprintf("there is no mouse button %q", s), "the buttons are left, middle and right")
			}
		}
	}
	if p.name == "__maxsplit" || f.decl.Owner != "Machine" {
		return
	}
	if p.typ.k == kInt && strings.HasSuffix(p.name, "port") {
		if n, ok := c.constNumber(a.Value); ok && (n < 0 || n > 65535) {
			c.report(ArgumentValue, a.Value.Span(), fmt.Sprintf("%v is no port", c.text(a.Value)), "ports are 0 to 65535")
		}
	}
}

// isGuest tells the parameter that names a built-in guest.
func isGuest(f *fnType, p *param) bool {
	return f.decl.FullName() == "create_machine" && p.name == "guest"
}

func (c *checker) checkGuest(a *argument) {
	guests := c.cfg.Guests
	s, ok := c.constString(a.Value)
	if !ok || guests == nil || slices.Contains(guests, s) {
		return
	}
	hint := "the built-in guests are " + strings.Join(guests, ", ")
	if best, ok := nearest(s, slices.Clone(guests)); ok {
		hint = fmt.Sprintf("did you mean `%s`?", best)
	}
	c.report(ArgumentValue, a.Value.Span(), fmt.Sprintf("there is no guest %q", s), hint)
}

// alias is the name of the parameter's type, or of the union's member.
func alias(t, member *typ) string {
	if t.alias != "" {
		return t.alias
	}
	if member.alias != "" {
		return member.alias
	}
	if t.k == kUnion && (member.k == kClass && member.name == "time.duration") {
		return "Duration"
	}
	return ""
}

func (c *checker) checkRegex(a *argument) {
	s, ok := c.constString(a.Value)
	if !ok {
		return
	}
	if _, err := pyre.Compile(s, 0); err != nil {
		hint := ""
		if strings.HasPrefix(s, "*") || strings.HasPrefix(s, "+") {
			hint = "this is a regular expression, no shell pattern: write .* for any text"
		} else if strings.Count(s, "(") != strings.Count(s, ")") || strings.Count(s, "[") != strings.Count(s, "]") {
			hint = "a bracket that is meant literally is written \\\\( or r\"\\(\""
		}
		c.report(InvalidRegex, a.Value.Span(), "invalid regular expression: "+err.Error(), hint)
	}
}

func (c *checker) checkKey(a *argument) {
	s, ok := c.constString(a.Value)
	if !ok {
		return
	}
	_, err := keys.Parse(s)
	if err == nil {
		return
	}
	hint := ""
	var fixes []Fix
	for _, part := range strings.Split(s, "-") {
		if _, err := keys.Parse(part); err == nil || part == "" {
			continue
		}
		if best, ok := nearest(part, keys.Names()); ok {
			hint = fmt.Sprintf("did you mean `%s`?", best)
			if lit, ok := unparen(a.Value).(*dialect.Literal); ok && strings.Count(lit.Raw, part) == 1 {
				at := lit.Start + strings.Index(lit.Raw, part)
				fixes = []Fix{{Title: "Change to " + best, Safe: true, Edits: []Edit{{dialect.Range{Start: at, End: at + len(part)}, best}}}}
			}
		}
		c.report(UnknownKey, a.Value.Span(), fmt.Sprintf("there is no key `%s`", part), hint, fixes...)
		return
	}
	c.report(UnknownKey, a.Value.Span(), err.Error(), "")
}

func (c *checker) checkDuration(f *fnType, p *param, a *argument) {
	n, ok := c.constNumber(a.Value)
	if !ok {
		return
	}
	if n < 0 {
		c.report(ArgumentValue, a.Value.Span(), "a duration can't be negative", "")
		return
	}
	if g := c.cfg.GlobalTimeout.Seconds(); g > 0 && n > g && strings.HasSuffix(p.name, "timeout") {
		c.report(TimeoutTooLong, a.Value.Span(), fmt.Sprintf("the whole run ends after %g s: this timeout of %g s is never reached", g, n), "")
	}
}

var (
	background = lazyre.Compile(`[^&]&\s*$`)
	redirected = lazyre.Compile(`(^|[^0-9&])1?>|>&2|&>|\|&?\s*systemd-cat|systemd-run|setsid|daemonize`)
	curl       = lazyre.Compile(`(^|[\s;&|(])curl\s`)
	curlFails  = lazyre.Compile(`\s(-[a-zA-Z]*f[a-zA-Z]*|--fail|--fail-with-body)(\s|$)|\|\||\||-w |--write-out`)
	isActive   = lazyre.Compile(`^\s*systemctl\s+(?:(?:-q|--quiet)\s+)?is-active\s+(?:(?:-q|--quiet)\s+)?['"]?([A-Za-z0-9@._:\\-]+)['"]?\s*$`)
)

// lintCommand warns of commands that are known to make trouble.
func (c *checker) lintCommand(f *fnType, a *argument) {
	s, ok := c.constString(a.Value)
	if !ok || f.decl.Owner != "Machine" {
		return
	}
	name := f.decl.Name
	end := a.Value.Span()
	if background().MatchString(s) && !redirected().MatchString(s) {
		var fixes []Fix
		if lit, ok := unparen(a.Value).(*dialect.Literal); ok && strings.HasSuffix(strings.TrimRight(lit.Raw, `"' `), "&") {
			at := lit.Start + strings.LastIndex(lit.Raw, "&")
			fixes = []Fix{{Title: "Redirect its output", Safe: true, Edits: []Edit{{dialect.Range{Start: at, End: at + 1}, ">&2 &"}}}}
		}
		c.report(BackgroundJob, end, fmt.Sprintf("the background job keeps the output open: `%s` waits until it ends", name), "end the command with `>&2 &`", fixes...)
	}
	if name != "wait_until_succeeds" {
		return
	}
	if curl().MatchString(s) && !curlFails().MatchString(s) {
		var fixes []Fix
		if lit, ok := unparen(a.Value).(*dialect.Literal); ok && strings.Count(lit.Raw, "curl ") == 1 {
			p := lit.Start + strings.Index(lit.Raw, "curl ") + len("curl ")
			fixes = []Fix{{Title: "Add --fail", Safe: true, Edits: []Edit{{dialect.Range{Start: p, End: p}, "--fail "}}}}
		}
		c.report(CurlWithoutFail, end, "curl succeeds on an error page too (404, 502): this does not wait until the page is there", "write curl --fail", fixes...)
	}
	if m := isActive().FindStringSubmatch(s); m != nil {
		var fixes []Fix
		hint := fmt.Sprintf("write wait_for_unit(\"%s\"), which fails at once when the unit has failed", m[1])
		c.report(PollingUnit, end, "this polls a unit's state, and goes on when the unit has failed for good", hint, fixes...)
	}
}
