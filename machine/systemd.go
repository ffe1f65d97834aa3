package machine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/report"
)

// systemctlCommand is `systemctl words` for the system or a user's manager.
func systemctlCommand(words, user string) string {
	if user == "" {
		return "systemctl " + words
	}
	u := shellescape.Quote(user)
	return fmt.Sprintf(`su -l %s --shell /bin/sh -c %s`, u,
		shellescape.Quote("XDG_RUNTIME_DIR=/run/user/`id -u` systemctl --user "+words))
}

// Systemctl runs `systemctl words`, for the system or, when user is not empty, for that user's manager.
func (m *Machine) Systemctl(ctx context.Context, words, user string) (Result, error) {
	return m.Execute(ctx, systemctlCommand(words, user), ExecuteOptions{Timeout: defaultTimeout})
}

// StartJob starts a unit.
func (m *Machine) StartJob(ctx context.Context, unit, user string) (Result, error) {
	return m.Systemctl(ctx, "start "+shellescape.Quote(unit), user)
}

// StopJob stops a unit.
func (m *Machine) StopJob(ctx context.Context, unit, user string) (Result, error) {
	return m.Systemctl(ctx, "stop "+shellescape.Quote(unit), user)
}

// UnitInfo returns the properties of a unit as `systemctl show` gives them.
func (m *Machine) UnitInfo(ctx context.Context, unit, user string) (map[string]string, error) {
	var info map[string]string
	err := m.withShell(ctx, "get_unit_info", func(ctx context.Context, inst Instance) error {
		var err error
		info, err = m.showUnit(ctx, inst, unit, user, "")
		return err
	})
	return info, err
}

// showUnit reads properties (all, or a comma separated list) of a unit.
func (m *Machine) showUnit(ctx context.Context, inst Instance, unit, user, properties string) (map[string]string, error) {
	words := "--no-pager show " + shellescape.Quote(unit)
	if properties != "" {
		words += " --property=" + properties
	}
	r, err := m.attempt(ctx, inst, systemctlCommand(words, user))
	if err != nil {
		return nil, err
	}
	if r.Status == 127 {
		return nil, fmt.Errorf("%s: the guest has no systemctl (or no su): %s", m.o.Name, strings.TrimSpace(r.Output+r.Stderr))
	}
	if r.Status != 0 {
		who := ""
		if user != "" {
			who = " of user " + user
		}
		return nil, &AssertionError{Machine: m.o.Name, Message: fmt.Sprintf("the properties of unit %q%s can't be read: systemctl ended with status %d\n%s", unit, who, r.Status, strings.TrimSpace(r.Output+r.Stderr))}
	}
	return parseProperties(r.Output), nil
}

func parseProperties(out string) map[string]string {
	info := map[string]string{}
	last := ""
	for line := range strings.SplitSeq(strings.TrimRight(out, "\n"), "\n") {
		k, v, ok := strings.Cut(line, "=")
		if ok && isProperty(k) {
			info[k], last = v, k
		} else if last != "" { // a value of several lines
			info[last] += "\n" + line
		}
	}
	return info
}

// isProperty reports whether s has the form of a property's name: letters and digits, the first a capital.
func isProperty(s string) bool {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) < 0
}

// UnitProperty returns one property of a unit. A unit that does not exist and a property that no unit of its
// kind has are errors.
func (m *Machine) UnitProperty(ctx context.Context, unit, property, user string) (string, error) {
	info, err := m.UnitInfo(ctx, unit, user)
	if err != nil {
		return "", err
	}
	if v, ok := info[property]; ok {
		if info["LoadState"] == "not-found" && property != "LoadState" && property != "ActiveState" {
			return "", &AssertionError{Machine: m.o.Name, Message: fmt.Sprintf("there is no unit %q", unit)}
		}
		return v, nil
	}
	if info["LoadState"] == "not-found" {
		return "", &AssertionError{Machine: m.o.Name, Message: fmt.Sprintf("there is no unit %q", unit)}
	}
	msg := fmt.Sprintf("unit %q has no property %q", unit, property)
	for _, k := range slices.Sorted(maps.Keys(info)) {
		if strings.EqualFold(k, property) {
			msg += fmt.Sprintf(" (did you mean %q?)", k)
		}
	}
	return "", &AssertionError{Machine: m.o.Name, Message: msg}
}

// RequireUnitState fails when the unit's ActiveState is another one than state.
func (m *Machine) RequireUnitState(ctx context.Context, unit, state string) (err error) {
	ctx, span := m.entry(ctx, report.ActionCommand, "checking if unit '%s' has reached state '%s'", unit, state)
	defer func() { span.End(err) }()
	info, err := m.UnitInfo(ctx, unit, "")
	if err != nil {
		return err
	}
	if s := info["ActiveState"]; s != state {
		return &AssertionError{Machine: m.o.Name, Message: fmt.Sprintf("unit %q is %s, want %s", unit, describeState(info), state)}
	}
	return nil
}

func describeState(info map[string]string) string {
	if info["LoadState"] == "not-found" {
		return "not there (no such unit)"
	}
	s := info["ActiveState"]
	if s == "" {
		s = "in an unknown state"
	}
	if sub := info["SubState"]; sub != "" && sub != s {
		s += " (" + sub + ")"
	}
	return s
}

// unitJournalTimeout bounds the look at the journal for an error message.
const unitJournalTimeout = 10 * time.Second

const stateProperties = "LoadState,ActiveState,SubState,Result,Job"

// WaitForUnit waits until a unit is active. It fails at once when the unit has failed, or when it is inactive
// and no job is pending that could start it.
func (m *Machine) WaitForUnit(ctx context.Context, unit, user string, w Wait) error {
	what := "waiting for unit " + unit
	if user != "" {
		what += " with user " + user
	}
	inactive := 0
	return m.waitState(ctx, what, unit, user, w, func(ctx context.Context, inst Instance, info map[string]string) (bool, error) {
		switch info["ActiveState"] {
		case "active":
			return true, nil
		case "failed":
			return false, m.unitFailure(ctx, inst, unit, user, fmt.Sprintf("unit %q reached state %q", unit, "failed"))
		case "inactive":
			jobs, err := m.attempt(ctx, inst, systemctlCommand("list-jobs --full --no-legend --no-pager 2>&1", user))
			if err != nil {
				return false, err
			}
			if jobs.Status != 0 || !noJobs(jobs.Output) {
				inactive = 0
				return false, nil
			}
			// A job may have been queued and done between the two looks, so that one alone proves nothing.
			if inactive++; inactive < 2 {
				return false, nil
			}
			return false, m.unitFailure(ctx, inst, unit, user, fmt.Sprintf("unit %q is %s and there are no pending jobs", unit, describeState(info)))
		}
		inactive = 0
		return false, nil
	})
}

func noJobs(out string) bool {
	out = strings.TrimSpace(out)
	return out == "" || strings.HasPrefix(out, "No jobs")
}

// WaitForUnitActiveState waits until the unit's ActiveState is state.
func (m *Machine) WaitForUnitActiveState(ctx context.Context, unit, state, user string, w Wait) error {
	return m.waitState(ctx, fmt.Sprintf("waiting for unit %s to be %s", unit, state), unit, user, w,
		func(_ context.Context, _ Instance, info map[string]string) (bool, error) {
			return info["ActiveState"] == state, nil
		})
}

func (m *Machine) waitState(ctx context.Context, what, unit, user string, w Wait, decide func(context.Context, Instance, map[string]string) (bool, error)) error {
	return m.withShell(ctx, what, func(ctx context.Context, inst Instance) error {
		last := ""
		err := m.wait(ctx, what, w, func(ctx context.Context) (bool, string, error) {
			info, err := m.showUnit(ctx, inst, unit, user, stateProperties)
			if ae, ok := err.(*AssertionError); ok {
				// systemd does not answer yet (or again): early boot, daemon-reexec, user manager not up.
				last = ae.Message
				return false, last, nil
			}
			if err != nil {
				return false, last, err
			}
			last = "the unit is " + describeState(info)
			ok, err := decide(ctx, inst, info)
			return ok, last, err
		})
		if te, ok := err.(*TimeoutError); ok && ctx.Err() == nil {
			te.Seen += m.journalOf(ctx, inst, unit, user)
		}
		return err
	})
}

func (m *Machine) unitFailure(ctx context.Context, inst Instance, unit, user, message string) error {
	return &AssertionError{Machine: m.o.Name, Message: message + m.journalOf(ctx, inst, unit, user)}
}

// journalOf gives the unit's last ten journal lines as a text for an error; nothing when they can't be had.
func (m *Machine) journalOf(ctx context.Context, inst Instance, unit, user string) string {
	ctx, cancel := context.WithTimeout(ctx, unitJournalTimeout)
	defer cancel()
	// What the unit printed last may not be written yet; a journal that takes too long is read as it is.
	sync, stop := context.WithTimeout(ctx, unitJournalTimeout/2)
	_, _ = m.attempt(sync, inst, "journalctl --sync 2>/dev/null")
	stop()
	kind := "-u "
	if user != "" {
		kind = "--user-unit "
	}
	r, err := m.attempt(ctx, inst, "journalctl --no-pager -q -n 10 "+kind+shellescape.Quote(unit)+" 2>/dev/null")
	if t := strings.TrimRight(r.Output, "\n"); err == nil && t != "" {
		return "\nthe unit's last journal lines:\n  " + strings.ReplaceAll(t, "\n", "\n  ")
	}
	return ""
}

// Journal returns the last lines of the guest's journal, empty for a guest without one. It opens no entry in
// the log.
func (m *Machine) Journal(ctx context.Context, lines int) (string, error) {
	inst := m.instance()
	if inst == nil || !m.Connected() {
		return "", &NotRunningError{Machine: m.o.Name, Call: "the journal"}
	}
	r, err := m.run(ctx, inst, nil, fmt.Sprintf("journalctl --no-pager -q -n %d 2>/dev/null || true", lines), ExecuteOptions{})
	return r.Output, err
}
