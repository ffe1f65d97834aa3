package report

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/term"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// CI is a CI system whose job log understands commands: annotations, folding, variables of the job.
type CI string

// The CI systems.
const (
	CINone      CI = ""
	CIGitHub    CI = "github"    // workflow commands: ::group::, ::error file=…::, and ##[group] anywhere in a line
	CIGitLab    CI = "gitlab"    // section_start and section_end, before a carriage return and an escape sequence
	CIAzure     CI = "azure"     // ##vso[task.setvariable …] anywhere in a line
	CITeamCity  CI = "teamcity"  // ##teamcity[…] anywhere in a line
	CIBuildkite CI = "buildkite" // ---, +++, ~~~ and ^^^ +++ at the beginning of a line
)

// DetectCI returns the CI system from the environment (GITHUB_ACTIONS, GITLAB_CI, TF_BUILD, TEAMCITY_VERSION, BUILDKITE).
func DetectCI(getenv func(string) string) CI {
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		return CIGitHub
	case getenv("GITLAB_CI") != "":
		return CIGitLab
	case getenv("TF_BUILD") != "":
		return CIAzure
	case getenv("TEAMCITY_VERSION") != "":
		return CITeamCity
	case getenv("BUILDKITE") == "true":
		return CIBuildkite
	}
	return CINone
}

// breaks are the places of text that CI systems take for a command, and the same with a blank in it. Styles may come first.
var breaks = map[CI][]struct {
	at   func() *regexp.Regexp
	with string
}{
	CIGitHub: {
		{lazyre.Compile(`##\[`), "## ["},
		{lazyre.Compile(`(?m)^((?:\x1b\[[0-9;]*m|[\s\p{Z}\p{Cf}])*)::(.*::)`), "$1: :$2"},
		{lazyre.Compile(`(?i)::((?:add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env|set-output|stop-commands|warning)[ :])`), ": :$1"},
	},
	CIGitLab:    {{lazyre.Compile(`section_(start|end):`), "section _$1:"}},
	CIAzure:     {{lazyre.Compile(`(?i)##(vso)?\[`), "## $1["}},
	CITeamCity:  {{lazyre.Compile(`(?i)##teamcity\[`), "## teamcity["}},
	CIBuildkite: {{lazyre.Compile(`(?m)^((?:\x1b\[[0-9;]*m)*)(---|\+\+\+|~~~|\^\^\^)`), "$1 $2"}},
}

// Safe returns text of one or more lines that ci takes for text: where it would find a command there is a blank more. Text of a
// guest must be cleaned first (see [Clean]).
func (ci CI) Safe(text string) string {
	for _, b := range breaks[ci] {
		text = b.at().ReplaceAllString(text, b.with)
	}
	return text
}

// ColorWanted reports whether text for w should be coloured: when w is a terminal with colours and NO_COLOR is not
// set. CLICOLOR_FORCE and the job logs of known CI systems enable colour without a terminal. environ has the form of
// os.Environ().
func ColorWanted(w io.Writer, environ []string) bool {
	getenv := lookup(environ)
	if getenv("NO_COLOR") != "" {
		return false
	}
	if forced, err := strconv.ParseBool(getenv("CLICOLOR_FORCE")); err == nil && forced || DetectCI(getenv) != CINone {
		return true
	}
	f, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(f.Fd()) && !slices.Contains(colorless, getenv("TERM"))
}

// colorless are the values of TERM for terminals without colours (terminfo(5) has no max_colors for them).
var colorless = []string{"", "dumb", "unknown", "vt52", "vt100", "vt102", "vt220", "vt320", "vt420", "xterm-mono"}

func lookup(environ []string) func(string) string {
	return func(key string) string {
		for i := len(environ) - 1; i >= 0; i-- {
			if k, v, _ := strings.Cut(environ[i], "="); k == key {
				return v
			}
		}
		return ""
	}
}

// folder writes the commands of a CI system's job log. Subtests fold; neither system can nest folds, so only the
// outermost subtests do.
type folder struct {
	ci    CI
	write func(line string)
	token string
	fold  uint64 // the folded entry
}

func newFolder(ci CI, write func(string)) folder {
	return folder{ci: ci, write: write, token: "resume-" + strings.ToLower(rand.Text())}
}

// start turns workflow commands off until the token follows, so that no text of a guest can be one.
func (f *folder) start() {
	if f.ci == CIGitHub {
		f.write("::stop-commands::" + f.token)
	}
}

// stop turns workflow commands on again for the next steps of the job.
func (f *folder) stop() {
	if f.ci == CIGitHub && f.token != "" {
		f.write("::" + f.token + "::")
		f.token = ""
	}
}

func (f *folder) command(cmd string) {
	if f.token == "" {
		f.write(cmd)
		return
	}
	f.write("::" + f.token + "::")
	f.write(cmd)
	f.write("::stop-commands::" + f.token)
}

func (f *folder) begin(e Event) {
	if f.ci == CINone || f.fold != 0 || e.Action != ActionSubtest {
		return
	}
	f.fold = e.Entry
	switch f.ci {
	case CIGitHub:
		f.command("::group::" + githubData(Clean(e.Text)))
	case CIGitLab:
		f.write(fmt.Sprintf("\x1b[0Ksection_start:%d:subtest_%d[collapsed=true]\r\x1b[0K%s", e.Time.Unix(), e.Entry, f.ci.Safe(Clean(e.Text))))
	}
}

func (f *folder) end(begin, end Event) {
	if f.fold == 0 || f.fold != end.Entry {
		return
	}
	f.fold = 0
	switch f.ci {
	case CIGitHub:
		f.command("::endgroup::")
	case CIGitLab:
		f.write(fmt.Sprintf("\x1b[0Ksection_end:%d:subtest_%d\r\x1b[0K", end.Time.Unix(), begin.Entry))
	}
}

func (f *folder) message(e Event) {
	if f.ci == CIGitHub && e.Level == Warning {
		f.command("::warning" + githubPlace(e.Source) + "::" + githubData(shorten(CleanLines(e.Text), 4000)))
	}
}

func (f *folder) failure(i *FailureInfo) {
	if f.ci != CIGitHub {
		return
	}
	var at *Source
	if n := len(i.Backtrace); n > 0 {
		at = &i.Backtrace[n-1]
	}
	place := githubPlace(at)
	title := "title=" + githubProperty(failureTitle(i))
	if place == "" {
		place = " " + title
	} else {
		place += "," + title
	}
	f.command("::error" + place + "::" + githubData(shorten(CleanLines(i.Message), 4000)))
}

// githubPlace returns the script's line, relative to the checkout, for an annotation.
func githubPlace(s *Source) string {
	if s == nil || s.File == "" {
		return ""
	}
	file := s.File
	if wd, err := os.Getwd(); err == nil && filepath.IsAbs(file) {
		if rel, err := filepath.Rel(wd, file); err == nil && !strings.HasPrefix(rel, "..") {
			file = rel
		}
	}
	return fmt.Sprintf(" file=%s,line=%d", githubProperty(Clean(file)), s.Line)
}

// githubData escapes text as GitHub's own toolkit does; githubProperty does so for a property.
func githubData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func githubProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
