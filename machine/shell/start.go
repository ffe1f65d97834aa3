package shell

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"al.essio.dev/pkg/shellescape"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

var (
	//go:embed start.sh
	startScript string
	//go:embed worker.sh
	workerScript string

	// start is the first part without its comments.
	start = sync.OnceValue(func() string { return regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(startScript, "") })
	// worker is the second part. The guest drops newlines at its end.
	worker = strings.TrimRight(workerScript, "\n")
)

// lines splits the input of a link that is not part of an answer into lines.
type lines struct{ rest []byte }

// feed calls f for each complete line.
func (l *lines) feed(b []byte, f func(line string) bool) {
	l.rest = append(l.rest, b...)
	for {
		line, after, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			break
		}
		l.rest = after
		if !f(strings.TrimRight(string(line), "\r")) {
			return
		}
	}
	if len(l.rest) > readSize { // not a line: keep the end, which may have the beginning of the greeting
		f(string(l.rest[:readSize/2]))
		l.rest = bytes.Clone(l.rest[readSize/2:])
	}
}

// take handles the input of a link.
func (s *Session) take(l *link, b []byte) {
	if l == s.port {
		s.scan.feed(b)
		s.advance()
		return
	}
	s.aside(l, b)
}

// aside handles input that is not part of an answer.
func (s *Session) aside(l *link, b []byte) {
	port := s.port
	s.lines[l].feed(b, func(line string) bool {
		switch {
		case s.hello(l, line):
		case l != s.console:
		case strings.Contains(line, Greeting):
			s.greeted()
		case line != "":
			s.opts.Logf("%s", strings.ToValidUTF8(line, ""))
		}
		return s.port == port
	})
	if s.port == l && port != l { // one of these lines set the port: the rest is for the scanner
		s.scan.feed(s.lines[l].rest)
		s.lines[l].rest = nil
		s.advance()
	}
}

// greeted starts to use a new root shell. An earlier one has ended, which is already known after a reset.
func (s *Session) greeted() {
	if s.phase != waiting {
		s.lose(&LostError{Reason: reasonRestart})
	}
	s.console.flush()
	if s.data != nil {
		s.data.flush()
	}
	s.failures = 0
	s.launch()
}

const reasonRestart = "the guest's root shell started again (was its service restarted?)"

// hello handles a line from a worker's first part, or from the root shell after its worker's end. The mark names the worker.
func (s *Session) hello(l *link, line string) bool {
	mark, kind, ok := parseHello(line)
	if !ok {
		return false
	}
	switch {
	case kind == 'S' && mark == s.mark && s.phase == starting:
		s.port, s.phase, s.stranger = l, loading, false
		s.scan = scanner{mark: []byte(mark)}
		s.tell("\n", false) // the input of the last worker may have ended within a line
		s.send("E", mark, worker, fmt.Sprintf(" %d", s.workers))
	case kind == 'S' && mark != s.mark:
		// It is from before a reset. It exits when it reads the number of a later worker.
		s.stranger = true
		s.dismiss(l)
		if l == s.console && s.mark != "" { // where it may have read input for the next worker
			s.console.send(s.launchLine())
		}
	case kind == 'Z' && mark == s.mark && s.phase != waiting:
		s.workerEnded()
	}
	return true
}

var helloLine = lazyre.Compile(`(\x1e[A-Z2-7]{26}:)([SZ])[a-z]*;$`)

func parseHello(line string) (mark string, kind byte, ok bool) {
	m := helloLine().FindStringSubmatch(line)
	if m == nil {
		return "", 0, false
	}
	return m[1], m[2][0], true
}

// workerEnded starts another worker in the same root shell.
func (s *Session) workerEnded() {
	s.failures++
	s.lose(&LostError{Reason: "the process in the guest that runs commands ended (did a command kill it?)"})
	if s.opts.DataFD > 0 {
		// Other processes may have this data port open, and would disturb the next worker.
		s.die(&DeadError{Reason: "the process that runs commands ended"})
		return
	}
	s.relaunch = time.After(min(time.Duration(s.failures-1)*relaunchPause, mostRelaunchPause))
}

// Limits for starting workers that end at once.
const (
	relaunchPause     = 250 * time.Millisecond
	mostRelaunchPause = 5 * time.Second
)

// launch makes the root shell start a worker.
func (s *Session) launch() {
	again := !s.launched.IsZero()
	s.relaunch, s.greeting = nil, false
	s.mark = "\x1e" + rand.Text() + ":"
	s.workers++
	s.phase = starting
	s.launched = time.Now().Round(0)
	if again || s.stranger { // ends a worker that still runs
		s.dismiss(s.console)
		if s.data != nil {
			s.dismiss(s.data)
		}
	}
	s.console.send(s.launchLine())
}

// dismiss ends all workers that were started before the current one or, if there is none, before the next one.
func (s *Session) dismiss(l *link) {
	op, number := "E", s.workers
	if l == s.console {
		op = "#E"
	}
	if s.mark == "" {
		number++
	}
	l.send(fmt.Sprintf("\n%s none 0 %d\n", op, number))
}

// portTries is how often a guest looks for its data port, 20 times per second: the port exists when its driver is loaded.
const portTries = 20

func (s *Session) launchLine() string {
	tries := 0
	if s.data != nil {
		tries = portTries
	}
	// In its own session the worker has no terminal, so that commands can have process groups. Its standard
	// input is not the terminal, because bash opens that again, which would make it the session's terminal.
	// The first part is in a variable, because bash repeats the text of a killed command in its message.
	// Where bash has been removed, the one in memory runs.
	return fmt.Sprintf("s=%s; p= b=bash; hash -r; hash setsid 2>/dev/null && p=setsid; hash bash 2>/dev/null || b=/proc/$$/exe; M=%s G=%d N=%s T=%d F=%d $p $b -c \"$s\" 30<&0 29>&1 </dev/null >/dev/null; printf '\\n%%sZ;\\n' %[2]s\n",
		shellescape.Quote(start()), shellescape.Quote(s.mark), s.workers, DataPortName, tries, s.opts.DataFD)
}

// started handles the worker's first record.
func (s *Session) started(args string) {
	words := strings.Fields(args)
	if len(words) == 0 {
		s.violated("its first record has %q", args)
		return
	}
	info := Info{DataPort: s.port == s.data, Bash: words[0]}
	var missing error
	if len(words) > 1 {
		missing = &MissingToolError{Tools: words[1:]}
	} else {
		s.phase, s.failures = up, 0
	}
	s.change(func(st *state) { st.info, st.missing, st.up = info, missing, missing == nil })
}

// lacking logs, once for a shell, that the guest has lost a program that the worker uses. It does without.
func (s *Session) lacking(program string) {
	if s.lost[program] {
		return
	}
	if s.lost == nil {
		s.lost = map[string]bool{}
	}
	s.lost[program] = true
	what := "bash itself copies input and output of commands, which is slow"
	if program == "bash" {
		what = "commands run in the one that is still in memory; after its next start the guest has no root shell"
	}
	s.opts.Logf("the guest has no program %q any more: %s", program, what)
}

// violated starts another worker, because the messages of this one are not reliable.
func (s *Session) violated(format string, args ...any) {
	reason := "the guest's root shell violated the protocol: " + fmt.Sprintf(format, args...)
	s.opts.Logf("%s", reason)
	s.failures++
	s.lose(&LostError{Reason: reason, Broken: true})
	s.relaunch = time.After(min(time.Duration(s.failures)*relaunchPause, mostRelaunchPause))
}

// Fingerprint returns a text that differs between versions of this package whose workers in the guest differ.
func Fingerprint() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(startScript+workerScript+pollScript)))
}
