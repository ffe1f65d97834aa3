package machine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/report"
)

// systemctlCommand returns `systemctl words` for the system's manager or a user's.
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
	return m.Systemctl(ctx, "start -- "+shellescape.Quote(unit), user)
}

// StopJob stops a unit.
func (m *Machine) StopJob(ctx context.Context, unit, user string) (Result, error) {
	return m.Systemctl(ctx, "stop -- "+shellescape.Quote(unit), user)
}

// UnitInfo returns the properties of a unit as `systemctl show` prints them.
func (m *Machine) UnitInfo(ctx context.Context, unit, user string) (map[string]string, error) {
	return m.unitInfo(ctx, "get_unit_info", unit, user, "")
}

func (m *Machine) unitInfo(ctx context.Context, call, unit, user, properties string) (info map[string]string, err error) {
	err = m.withShell(ctx, call, func(ctx context.Context, inst Instance) error {
		info, err = m.showUnit(ctx, inst, unit, user, properties)
		return err
	})
	return info, err
}

// showUnit reads properties (all, or a comma separated list) of a unit.
func (m *Machine) showUnit(ctx context.Context, inst Instance, unit, user, properties string) (map[string]string, error) {
	words := "--no-pager show"
	if properties != "" {
		words += " --property=" + shellescape.Quote(properties)
	}
	r, err := m.attempt(ctx, inst, systemctlCommand(words+" -- "+shellescape.Quote(unit), user))
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
// kind has are errors; one without a value is empty.
func (m *Machine) UnitProperty(ctx context.Context, unit, property, user string) (string, error) {
	const call = "get_unit_property"
	info, err := m.unitInfo(ctx, call, unit, user, property+",LoadState") // among all, those without a value are left out
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
	if info, err = m.unitInfo(ctx, call, unit, user, ""); err != nil {
		return "", err
	}
	msg := fmt.Sprintf("unit %q has no property %q", unit, property)
	for _, k := range slices.Sorted(maps.Keys(info)) {
		if strings.EqualFold(k, property) {
			msg += fmt.Sprintf(" (did you mean %q?)", k)
		}
	}
	return "", &AssertionError{Machine: m.o.Name, Message: msg}
}

// RequireUnitState fails unless the unit's ActiveState is state.
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
	if n := restarts(info); n > 0 {
		s += fmt.Sprintf(", systemd has restarted it %d times", n)
	}
	return s
}

// unitJournalTimeout bounds reading the journal for an error message.
const unitJournalTimeout = 10 * time.Second

const stateProperties = "Id,LoadState,ActiveState,SubState,Result,Job,NRestarts,InvocationID,ExecMainExitTimestampMonotonic"

// UnitOptions are the choices of WaitForUnit.
type UnitOptions struct {
	User     string        // whose manager; empty means the system's
	Finished bool          // also accept a unit that has run in this boot and has ended well, such as a oneshot
	Stable   time.Duration // how long the unit must stay active
}

// manyRestarts is the number of restarts of a unit by systemd that leads to a warning.
const manyRestarts = 2

// WaitForUnit waits until a unit is active. It fails at once when the unit has failed, when it is inactive and no
// pending job could start it, and when it does not stay active for the required time. A job of another unit can start
// it only during the boot.
func (m *Machine) WaitForUnit(ctx context.Context, unit string, o UnitOptions, w Wait) error {
	what := "waiting for unit " + unit
	if o.User != "" {
		what += " with user " + o.User
	}
	idle := 0            // consecutive looks that found nothing that could start it
	var since time.Time  // when it was found active
	var run string       // its invocation at that time
	var warnings [2]bool // that were logged
	warn := func(ctx context.Context, n int, format string, args ...any) {
		if !warnings[n] {
			warnings[n] = true
			m.logf(ctx, report.Warning, "unit %q "+format, append([]any{unit}, args...)...)
		}
	}
	return m.waitState(ctx, what, unit, o.User, w, func(ctx context.Context, inst Instance, info map[string]string) (bool, error) {
		fail := func(format string, args ...any) (bool, error) {
			return false, m.unitFailure(ctx, inst, unit, o.User, fmt.Sprintf("unit %q "+format, append([]any{unit}, args...)...))
		}
		if restarts(info) >= manyRestarts {
			warn(ctx, 0, "is %s: it may not stay up", describeState(info))
		}
		state, noJob := info["ActiveState"], isZero(info["Job"])
		if state == "inactive" && noJob && o.Finished {
			if ok, err := m.finished(ctx, inst, info, o.User); ok || err != nil {
				return ok, err
			}
		}
		if state == "active" && since.IsZero() {
			since, run = time.Now(), info["InvocationID"]
		}
		if !since.IsZero() {
			if state != "active" || info["InvocationID"] != run {
				return fail("did not stay active for %s: it is now %s", seconds(o.Stable), describeState(info))
			}
			return time.Since(since) >= o.Stable, nil
		}
		if state == "failed" {
			return fail("reached state %q", state)
		}
		if state != "inactive" || !noJob {
			idle = 0
			return false, nil
		}
		jobs, err := m.bootJobs(ctx, inst, o.User)
		if err != nil {
			return false, err
		}
		if jobs != "" {
			idle = 0
			warn(ctx, 1, "is %s and no job starts it: only what is still to come of %s could", describeState(info), jobs)
			return false, nil
		}
		// A job may have been queued and finished between the two looks, so one look alone proves nothing.
		if idle++; idle < 2 {
			return false, nil
		}
		return fail("is %s and there are no pending jobs that could start it", describeState(info))
	})
}

// isZero reports whether a property has no value.
func isZero(v string) bool { return v == "" || v == "0" }

func restarts(info map[string]string) int {
	n, _ := strconv.Atoi(info["NRestarts"]) // older versions have none
	return n
}

// finished reports whether an inactive unit has run in this boot and has ended well. systemd forgets a unit that
// nothing refers to; the journal still has the message that its start is over.
func (m *Machine) finished(ctx context.Context, inst Instance, info map[string]string, user string) (bool, error) {
	if info["Result"] == "success" && !isZero(info["ExecMainExitTimestampMonotonic"]) {
		return true, nil
	}
	matches := "UNIT=" + shellescape.Quote(info["Id"])
	if user != "" {
		matches = "USER_" + matches + ofUser(user)
	}
	r, err := m.attempt(ctx, inst, "{ journalctl --sync; journalctl --boot --quiet --no-pager --lines=1 MESSAGE_ID="+unitStarted+" "+matches+"; } 2>/dev/null")
	return r.Output != "", err
}

// unitStarted is SD_MESSAGE_UNIT_STARTED of sd-messages.h.
const unitStarted = "39f53479d3a045ac8e11786248231fbf"

// ofUser returns a match for journalctl: the messages of a user's processes.
func ofUser(user string) string { return " _UID=$(id -u " + shellescape.Quote(user) + ")" }

// bootJobs returns what may still start a unit that has no job: the boot, whose services start others, and the
// shutdown, after which there may be another boot. It returns "" when both are over. Jobs that began later are no part
// of the boot: no unit of the boot wants them.
func (m *Machine) bootJobs(ctx context.Context, inst Instance, user string) (string, error) {
	ask := func(words string) (string, error) {
		r, err := m.attempt(ctx, inst, systemctlCommand("--no-pager "+words, user))
		return strings.TrimSpace(r.Output), err
	}
	state, err := ask("is-system-running")
	if err != nil || state != "initializing" && state != "starting" {
		if state == "stopping" {
			return "the shutdown and the boot after it", err
		}
		return "", err
	}
	const boot = "the boot"
	target, err := ask("show --property=Job -- default.target")
	if err != nil || !isZero(parseProperties(target)["Job"]) {
		return boot, err
	}
	jobs, err := ask("list-jobs --full --no-legend")
	if err != nil {
		return "", err
	}
	var units []string
	for line := range strings.Lines(jobs) {
		if words := strings.Fields(line); len(words) > 1 && words[0] != "No" {
			units = append(units, words[1])
		}
	}
	if len(units) == 0 {
		return "", nil
	}
	wanted, err := ask("show --property=WantedBy,RequiredBy -- " + shellescape.QuoteCommand(units))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(wanted) {
		if _, by, _ := strings.Cut(strings.TrimSpace(line), "="); by != "" {
			return boot, nil
		}
	}
	return "", nil
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
		err := m.wait(ctx, what, w, func(ctx context.Context, _ bool) (bool, string, error) {
			info, err := m.showUnit(ctx, inst, unit, user, stateProperties)
			if ae, ok := err.(*AssertionError); ok {
				// systemd does not answer yet or at the moment: early boot, daemon-reexec, user manager not up.
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

// journalOf returns the unit's last ten journal lines as a text for an error, empty when they can't be read.
func (m *Machine) journalOf(ctx context.Context, inst Instance, unit, user string) string {
	ctx, cancel := context.WithTimeout(ctx, unitJournalTimeout)
	defer cancel()
	// The unit's last output may not be written yet; if that takes too long, the journal is read as it is.
	sync, stop := context.WithTimeout(ctx, unitJournalTimeout/2)
	_, _ = m.attempt(sync, inst, "journalctl --sync 2>/dev/null")
	stop()
	of := "--unit=" + shellescape.Quote(unit)
	if user != "" { // --user-unit would mean root's
		of = fmt.Sprintf("_SYSTEMD_USER_UNIT=%[1]s%[2]s + USER_UNIT=%[1]s%[2]s", shellescape.Quote(unit), ofUser(user))
	}
	r, err := m.attempt(ctx, inst, "journalctl --no-pager -q -n 10 "+of+" 2>/dev/null")
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
