package check

import (
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lints of commands for the guest's shell.
const (
	BackgroundJob   Code = "background-job"
	CurlWithoutFail Code = "curl-without-fail"
	PollingUnit     Code = "polling-unit-state"
)

func commandLints() []Lint {
	return []Lint{
		{Code: BackgroundJob, Severity: Warning, find: commands(BackgroundJob, redirect),
			Title: "A background job keeps the output open.",
			Text:  "A command is over when its standard output is closed. A job in the background has it open until it ends, unless it is redirected.",
			Wrong: `server: Machine
server.succeed("python3 -m http.server &")
`,
			Right: `server: Machine
server.succeed("python3 -m http.server >&2 &")
`},
		{Code: CurlWithoutFail, Severity: Warning, find: commands(CurlWithoutFail, addFail),
			Title: "curl without --fail takes an error page for success.",
			Text:  "It is not asked for where the page does not matter: its output is discarded, only its head is fetched, or another program reads it.",
			Wrong: `server: Machine
server.wait_until_succeeds("curl http://localhost/")
`,
			Right: `server: Machine
server.wait_until_succeeds("curl --fail http://localhost/")
`},
		{Code: PollingUnit, Severity: Warning, find: commands(PollingUnit, nil),
			Title: "A unit's state is polled by hand.",
			Text:  "`wait_for_unit` fails at once when the unit has failed, and shows its journal.",
			Wrong: `server: Machine
server.wait_until_succeeds("systemctl is-active sshd.service")
`,
			Right: `server: Machine
server.wait_for_unit("sshd.service")
`},
	}
}

var (
	background = lazyre.Compile(`[^&]&\s*$`)
	redirected = lazyre.Compile(`(^|[^0-9&])1?>|>&2|&>|\|&?\s*systemd-cat|systemd-run|setsid|daemonize`)
	curl       = lazyre.Compile(`(^|[\s;&|(])curl\s`)
	curlFails  = lazyre.Compile(`\s(-[a-zA-Z]*[fIo][a-zA-Z]*|--fail|--fail-with-body|--head|--output|--version)(\s|=|/|$)|\||-w |--write-out|>|[$<]\(|` + "`" + `|://[^/\s]*@|(ftp|smtp|telnet|imap|file|dict|ldap)s?://`)
	isActive   = lazyre.Compile(`^\s*systemctl\s+(?:(?:-q|--quiet)\s+)?is-active\s+(?:(?:-q|--quiet)\s+)?['"]?([A-Za-z0-9@._:\\-]+)['"]?\s*$`)
)

// Command returns the code of what is wrong with a command that a method of a machine gets, the message and a hint. The code is
// empty when nothing is.
func Command(method, command string) (code, message, hint string) {
	switch {
	case background().MatchString(command) && !redirected().MatchString(command):
		return string(BackgroundJob), fmt.Sprintf("the background job keeps the output open: `%s` waits until it ends", method), "end the command with `>&2 &`"
	case method != awaits:
	case curl().MatchString(command) && !curlFails().MatchString(command):
		return string(CurlWithoutFail), "curl succeeds on an error page too (404, 502): this does not wait until the page is there", "write curl --fail"
	default:
		if m := isActive().FindStringSubmatch(command); m != nil {
			return string(PollingUnit), "this polls a unit's state, and goes on when the unit has failed for good",
				fmt.Sprintf("write wait_for_unit(\"%s\"), which fails at once when the unit has failed", m[1])
		}
	}
	return "", "", ""
}

// commands reports the commands with one kind of mistake. fix, if any, returns what to change in the literal.
func commands(code Code, fix func(lit *dialect.Literal) []Fix) func(*checker) {
	return func(c *checker) {
		for a, s := range c.texts("ShellCommand") {
			found, message, hint := Command(a.fn.Name, s)
			if found != string(code) {
				continue
			}
			var fixes []Fix
			if lit, ok := unparen(a.value).(*dialect.Literal); ok && fix != nil {
				fixes = fix(lit)
			}
			c.report(code, a.value.Span(), message, hint, fixes...)
		}
	}
}

// awaits is the name of the method that repeats a command until it succeeds.
const awaits = "wait_until_succeeds"

func redirect(lit *dialect.Literal) []Fix {
	if !strings.HasSuffix(strings.TrimRight(lit.Raw, `"' `), "&") {
		return nil
	}
	at := lit.Start + strings.LastIndex(lit.Raw, "&")
	return []Fix{{Title: "Redirect its output", Safe: true, Edits: []Edit{{dialect.Range{Start: at, End: at + 1}, ">&2 &"}}}}
}

func addFail(lit *dialect.Literal) []Fix {
	if strings.Count(lit.Raw, "curl ") != 1 {
		return nil
	}
	at := lit.Start + strings.Index(lit.Raw, "curl ") + len("curl ")
	return []Fix{{Title: "Add --fail", Safe: true, Edits: []Edit{{dialect.Range{Start: at, End: at}, "--fail "}}}}
}
