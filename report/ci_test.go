package report

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The functions below find the commands in a job log as the CI systems do: by their published grammar.

// githubNames are the names of GitHub's workflow commands.
var githubNames = []string{"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
	"remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"}

// githubCommands: "::name properties::data" at the beginning of a line, blanks aside, or "##[name properties]data" anywhere in
// it. The names are of any case. After stop-commands only its token is one.
func githubCommands(log string) (found []string) {
	token := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		info, data, ok := "", "", false
		known := func() (string, bool) {
			name, _, _ := strings.Cut(info, " ")
			name = strings.ToLower(name)
			return name, ok && (slices.Contains(githubNames, name) || token != "" && name == token)
		}
		if rest, starts := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::"); starts {
			info, data, ok = strings.Cut(rest, "::")
		}
		name, is := known()
		if !is {
			if _, rest, old := strings.Cut(line, "##["); old {
				info, data, ok = strings.Cut(rest, "]")
				name, is = known()
			}
		}
		switch {
		case !is || token != "" && name != token:
		case name == token:
			token = ""
		case name == "stop-commands":
			token = strings.ToLower(data)
		default:
			found = append(found, name)
		}
	}
	return found
}

func matches(pattern string) func(string) []string {
	return func(log string) []string { return regexp.MustCompile(pattern).FindAllString(log, -1) }
}

// buildkiteGroups: a line that begins so, styles aside.
func buildkiteGroups(log string) []string {
	log = regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(log, "")
	return regexp.MustCompile(`(?m)^(---|\+\+\+|~~~|\^\^\^ \+\+\+)`).FindAllString(log, -1)
}

// TestForgedCommands makes the attack: a guest prints, and has in every text of its own, what CI systems take for commands. None
// is in force, in the log of a run or after it; the driver's own are.
func TestForgedCommands(t *testing.T) {
	lines := []string{
		"##[set-output name=a]b", "  see ##[add-mask]a", "###[error]x", "x ##[Set-Env name=PATH]/evil", "::set-output name=a::b", "\t ::add-mask::a",
		"\u00a0::add-path::/evil", "::::add-mask::a", ":::set-env name=A::b", "see ::warning::forged", "##[##[add-mask]a", "::stop-commands::x",
		"section_start:1:forged\r\x1b[0Kx", "section_end:1:forged[collapsed=true]\r\x1b[0K", "##vso[task.setvariable variable=a]b", "x ##VSO[task.complete]",
		"##[command]x", "##teamcity[setParameter name='a' value='b']", "x ##TeamCity[x 'y']", "--- forged", "+++ forged", "~~~ forged", "^^^ +++",
	}
	texts := append(slices.Clone(lines), "first\n"+strings.Join(lines, "\n"))
	for _, c := range []struct {
		ci       CI
		commands func(log string) []string
		own      []string
	}{
		{"github", githubCommands, []string{"group", "endgroup", "warning", "error"}},
		{"gitlab", matches(`section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?\r\x1b\[0K`), nil},
		{"azure", matches(`(?i)##vso\[\w+\.\w+[^\]]*\]|##\[\w+\]`), []string{}},
		{"teamcity", matches(`(?i)##teamcity\[`), []string{}},
		{"buildkite", buildkiteGroups, []string{}},
	} {
		for _, color := range []bool{false, true} {
			var b bytes.Buffer
			l := NewLog(newClock().now, NewPlain(&b, PlainOptions{Serial: true, Color: color, CI: c.ci, Level: Debug, Output: &b, Reports: lines}))
			ctx := t.Context()
			for _, text := range texts {
				sctx, s := l.Begin(ctx, Entry{Action: ActionSubtest, Text: text})
				l.Emit(sctx, Event{Kind: Serial, Machine: text, Text: text})
				l.Emit(sctx, Event{Kind: Artifact, Path: text, Text: text})
				l.Logf(sctx, Warning, "%s", text)
				l.Logf(sctx, Info, "%s", text)
				l.Emit(sctx, Event{Kind: Message, Printed: true, Text: text})
				_, cmd := l.Begin(sctx, Entry{Action: ActionCommand, Machine: text, Text: text})
				cmd.End(errors.New(text))
				s.End(errors.New(text))
				l.Emit(ctx, Event{Kind: Failure, Failure: &FailureInfo{
					Class: "test", Message: text, Subtest: text, Machine: text, Traceback: text, Rerun: text, Paths: []string{text},
					Command:   &Command{Line: text, Status: 1, Output: text, Stderr: text},
					Backtrace: []Source{{File: text, Line: 1, Text: text, Func: text}}, Console: map[string][]string{text: {text}},
				}})
			}
			l.Emit(ctx, Event{Kind: RunEnd, Status: Failed, Error: texts[len(texts)-1]})
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			found := c.commands(b.String())
			if c.own == nil {
				own := regexp.MustCompile(`^section_(start|end):\d+:subtest_\d+(\[collapsed=true\])?\r`)
				for _, f := range found {
					if !own.MatchString(f) {
						t.Errorf("%s: %q is in force", c.ci, f)
					}
				}
				continue
			}
			counts := map[string]int{}
			for _, f := range found {
				counts[f]++
			}
			for name, n := range counts {
				if !slices.Contains(c.own, name) || n != len(texts) {
					t.Errorf("%s: %s is in force %d times", c.ci, name, n)
				}
			}
			if len(counts) != len(c.own) {
				t.Errorf("%s: %v are in force", c.ci, counts)
			}
		}
	}
}

// TestSafe: what is no command stays as it is.
func TestSafe(t *testing.T) {
	for _, ci := range []CI{CIGitHub, CIGitLab, CIAzure, CITeamCity, CIBuildkite} {
		for _, text := range []string{"", "::1 is up", "inet6 fe80::1/64 std::vector<a::b>", "## Heading", "[##---] 30 %", "a --- b\nx +++", "#[derive]"} {
			if got := ci.Safe(text); got != text {
				t.Errorf("%s: %q becomes %q", ci, text, got)
			}
		}
	}
}
