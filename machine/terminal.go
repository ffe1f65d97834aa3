package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/report"
)

// SendConsole types on the serial console.
func (m *Machine) SendConsole(ctx context.Context, text string) error {
	return m.running(ctx, "send_console", func(ctx context.Context, inst Instance) error {
		w, ok := inst.(ConsoleWriter)
		if !ok {
			return m.unsupported("send_console")
		}
		return w.WriteConsole(ctx, []byte(text))
	})
}

// ConsoleLog returns all serial output since the start of this boot.
func (m *Machine) ConsoleLog() (string, error) { return m.console.Log() }

// WaitForConsoleText waits until the serial output since the last call matches; a pattern may span lines.
func (m *Machine) WaitForConsoleText(ctx context.Context, re Pattern, w Wait) error {
	what := fmt.Sprintf("waiting for %s to appear on console", re)
	w.last = lastEvent
	if m.endedBadly() { // the reason is on the console, and may be what the pattern is for
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := m.console.search(ended, re, nil); err == nil {
			return nil
		}
	}
	return m.runningOrStart(ctx, what, func(ctx context.Context, _ Instance) error {
		tick := ctx
		return m.wait(ctx, what, w, func(ctx context.Context, _ bool) (bool, string, error) {
			seen, err := m.console.search(ctx, re, func() error { return runTick(tick) })
			seen = "the console ends with:\n" + tail(strings.TrimRight(seen, "\n"), 2048)
			return err == nil, seen, err
		})
	})
}

// runningOrStart is running for calls that also start a machine that has not been started before.
func (m *Machine) runningOrStart(ctx context.Context, call string, f func(context.Context, Instance) error) error {
	ctx, cancel, inst, err := m.alive(ctx, call)
	if err != nil {
		return err
	}
	defer cancel()
	return m.explain(ctx, inst, f(ctx, inst))
}

// TTYText returns the text of a virtual terminal (its number as text).
func (m *Machine) TTYText(ctx context.Context, tty string) (string, error) {
	backend, ok := m.o.Backend.(TTYReader)
	if !ok {
		return "", m.unsupported("get_tty_text")
	}
	printed, err := m.Succeed(ctx, backend.TTYCommand(tty), 0)
	if err != nil {
		return "", err
	}
	return backend.TTYText(printed)
}

// WaitUntilTTYMatches waits until the text of a virtual terminal matches.
func (m *Machine) WaitUntilTTYMatches(ctx context.Context, tty string, re Pattern, w Wait) error {
	backend, ok := m.o.Backend.(TTYReader)
	if !ok {
		return m.unsupported("wait_until_tty_matches")
	}
	what := fmt.Sprintf("waiting for %s to appear on tty %s", re, tty)
	return m.withShell(ctx, what, func(ctx context.Context, inst Instance) error {
		return m.wait(ctx, what, w, func(ctx context.Context, _ bool) (bool, string, error) {
			r, err := m.attempt(ctx, inst, backend.TTYCommand(tty))
			if err != nil || r.Status != 0 {
				return false, strings.TrimSpace(r.Output + r.Stderr), err
			}
			text, err := backend.TTYText(r.Output)
			if err != nil {
				return false, "", err
			}
			ok, err := matchString(re, text)
			return ok, trimLines(text), err
		})
	})
}

// trimLines drops the blanks that fill a screen.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// DumpTTY writes the text of a virtual terminal to the log.
func (m *Machine) DumpTTY(ctx context.Context, tty string) error {
	text, err := m.TTYText(ctx, tty)
	if err != nil {
		return err
	}
	m.logf(ctx, report.Info, "tty %s:\n%s", tty, trimLines(text))
	return nil
}

// windowNames lists the names of the X windows, as bytes in hexadecimal. xwininfo prints each name in quotes, without
// escapes, in front of the class in parentheses and the geometry.
const windowNames = `LC_ALL=C.UTF-8 xwininfo -root -tree | LC_ALL=C sed -n 's/^ *0x[0-9a-f]* "\(.*\)": (.*) *[0-9]*x[0-9]*+.*/\1/p' | od -An -v -tx1`

// namesOf reads what windowNames printed. A name is in UTF-8, or in Latin-1 if the program has set only the old property
// (WM_NAME of type STRING).
func namesOf(printed string) ([]string, error) {
	b, err := hex.DecodeString(strings.Join(strings.Fields(printed), ""))
	if err != nil {
		return nil, fmt.Errorf("the names of the windows can't be read: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if !utf8.ValidString(line) {
			var latin strings.Builder
			for _, c := range []byte(line) {
				latin.WriteRune(rune(c))
			}
			line = latin.String()
		}
		names = append(names, line)
	}
	return names, nil
}

// WindowNames returns the names of the X windows.
func (m *Machine) WindowNames(ctx context.Context) ([]string, error) {
	out, err := m.Succeed(ctx, windowNames, 0)
	if err != nil {
		return nil, err
	}
	return namesOf(out)
}

// WaitForWindow waits until an X window's name matches. It is no error that the X server does not answer yet.
func (m *Machine) WaitForWindow(ctx context.Context, re Pattern, w Wait) error {
	what := fmt.Sprintf("waiting for a window to appear whose name matches %s", re)
	return m.withShell(ctx, what, func(ctx context.Context, inst Instance) error {
		seen := "the windows were not listed in this time"
		return m.wait(ctx, what, w, func(ctx context.Context, _ bool) (bool, string, error) {
			r, err := m.attempt(ctx, inst, windowNames)
			if err != nil {
				return false, seen, err
			}
			if r.Status != 0 {
				seen = "the windows can't be listed: " + strings.TrimSpace(r.Output+r.Stderr)
				return false, seen, nil
			}
			names, err := namesOf(r.Output)
			if err != nil {
				return false, seen, err
			}
			for _, n := range names {
				if ok, err := matchString(re, n); ok || err != nil {
					return ok, n, err
				}
			}
			seen = fmt.Sprintf("the windows %q", names)
			return false, seen, nil
		})
	})
}

// xReady holds when the X server's socket exists, and a graphical session has begun in this boot or the server answers.
// Without the session's cookie the server answers nobody, and while only a display manager's login screen is shown the
// cookie of the session does not exist.
const xReady = `[[ -e /tmp/.X11-unix/X0 ]] && { ! type -P xwininfo >/dev/null || xwininfo -root >/dev/null 2>&1 ||
[[ $(journalctl --boot --quiet --no-pager --lines=1 --output=cat MESSAGE_ID=` + unitStarted + ` USER_UNIT=graphical-session.target 2>/dev/null) ]]; }`

// WaitForX waits until the X server's display :0 can be used: it accepts connections, or a graphical session of
// a user's has begun.
func (m *Machine) WaitForX(ctx context.Context, w Wait) error {
	return m.poll(ctx, "waiting for the X11 server", w, xReady, "there was no session, and it did not answer")
}

// KnownTerm returns a piece of a script for bash that sets $term to the given terminal type, or to a plainer one if the
// guest does not know that type, or to nothing if it knows none.
func KnownTerm(term string) string {
	return `term=
for t in ` + shellescape.Quote(term) + ` xterm-256color xterm vt220 linux; do
  for d in /etc/terminfo /lib/terminfo /usr/share/terminfo /usr/lib/terminfo /run/current-system/sw/share/terminfo; do
    [[ -e $d/${t:0:1}/$t ]] && { term=$t; break 2; }
  done
done`
}

// WithTerminal opens a terminal in the guest and calls f with it; the context ends with the machine.
func (m *Machine) WithTerminal(ctx context.Context, o TerminalOptions, f func(context.Context, Terminal) error) error {
	return m.withShell(ctx, "shell_interact", func(ctx context.Context, inst Instance) (err error) {
		opener, ok := inst.(TerminalOpener)
		if !ok {
			return m.unsupported("shell_interact")
		}
		t, err := opener.OpenTerminal(ctx, o)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, t.Close()) }()
		return f(ctx, t)
	})
}

// WithConsole calls f and meanwhile writes all output of the serial console to w; the context ends with the machine.
func (m *Machine) WithConsole(ctx context.Context, w io.Writer, f func(context.Context) error) error {
	return m.runningOrStart(ctx, "console_interact", func(ctx context.Context, inst Instance) error {
		if _, ok := inst.(ConsoleWriter); !ok {
			return m.unsupported("console_interact")
		}
		defer m.console.tap(w)()
		return f(ctx)
	})
}
