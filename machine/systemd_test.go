package machine

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// manager is a systemd with the one unit of a wait. Its answers change with each look; the last one stays.
type manager struct {
	states  []string // properties of the unit, with blanks between them
	system  string   // answer of is-system-running
	target  string   // properties of default.target
	jobs    string   // the list of jobs
	wanted  string   // units that want the jobs' units
	journal string   // the journal's entry about the unit's start
	looks   int
	asked   []string // all commands
}

func (s *manager) run(script string) (int, string, error) {
	s.asked = append(s.asked, script)
	switch {
	case strings.Contains(script, "show --property=Id"):
		state := s.states[min(s.looks, len(s.states)-1)]
		s.looks++
		return 0, strings.ReplaceAll("Id=x.service "+state, " ", "\n"), nil
	case strings.Contains(script, "is-system-running"):
		return 1, s.system, nil
	case strings.Contains(script, "default.target"):
		return 0, s.target, nil
	case strings.Contains(script, "list-jobs"):
		return 0, s.jobs, nil
	case strings.Contains(script, "WantedBy"):
		return 0, s.wanted, nil
	case strings.Contains(script, unitStarted):
		return 0, s.journal, nil
	case strings.Contains(script, "--lines=10"), strings.Contains(script, "-n 10"):
		return 0, "its last words", nil
	}
	return 0, "", nil
}

// TestWaitForUnit: the results of the wait and their reasons.
func TestWaitForUnit(t *testing.T) { synctest.Test(t, testWaitForUnit) }

func testWaitForUnit(t *testing.T) {
	const idle = "LoadState=loaded ActiveState=inactive SubState=dead"
	const slow = " 7 slow.service start running"
	for name, c := range map[string]struct {
		manager
		o       UnitOptions
		err     string // a part of the error; empty: none
		warning string // a part of the only warning; empty: none
	}{
		"active": {manager: manager{states: []string{"ActiveState=activating", "ActiveState=active"}}},
		"failed": {manager: manager{states: []string{"ActiveState=failed"}}, err: "reached state \"failed\"\nthe unit's last journal lines:\n  its last words"},
		"idle while another unit's job is pending": {
			manager: manager{states: []string{idle}, system: "running", jobs: slow}, err: "is inactive (dead) and there are no pending jobs that could start it"},
		"idle in a boot that is over but for a job that is no part of it": {
			manager: manager{states: []string{idle}, system: "starting", jobs: slow, wanted: "WantedBy=\nRequiredBy=\n"}, err: "no pending jobs"},
		"misspelt": {
			manager: manager{states: []string{"LoadState=not-found ActiveState=inactive"}, system: "degraded"}, err: "is not there (no such unit) and"},
		"its own job": {manager: manager{states: []string{idle + " Job=12", idle + " Job=12", idle + " Job=12", "ActiveState=active"}, system: "running"}},
		"idle in the boot": {
			manager: manager{states: []string{idle, idle, idle, "ActiveState=active"}, system: "starting", target: "Job=1"}, warning: "only what is still to come of the boot could"},
		"idle while the boot's last services start": {
			manager: manager{states: []string{idle, idle, idle, "ActiveState=active"}, system: "starting", jobs: slow, wanted: "WantedBy=cloud-init.target\nRequiredBy=\n"}, warning: "of the boot could"},
		"idle in the shutdown": {
			manager: manager{states: []string{idle, idle, idle, "ActiveState=active"}, system: "stopping"}, warning: "of the shutdown and the boot after it could"},
		"a job between two looks": {manager: manager{states: []string{idle, "ActiveState=activating", idle, "ActiveState=active"}, system: "running"}},

		"a oneshot that has ended":   {manager: manager{states: []string{idle + " Result=success ExecMainExitTimestampMonotonic=55"}, system: "running"}, err: "no pending jobs"},
		"finished":                   {manager: manager{states: []string{idle + " Result=success ExecMainExitTimestampMonotonic=55"}}, o: UnitOptions{Finished: true}},
		"finished and forgotten":     {manager: manager{states: []string{idle + " Result=success ExecMainExitTimestampMonotonic=0"}, journal: "Finished x"}, o: UnitOptions{Finished: true}},
		"finished, a user's":         {manager: manager{states: []string{idle}, journal: "Finished x"}, o: UnitOptions{Finished: true, User: "alice"}},
		"finished, and to run again": {manager: manager{states: []string{idle + " Job=3 Result=success ExecMainExitTimestampMonotonic=55", "ActiveState=failed"}}, o: UnitOptions{Finished: true}, err: "failed"},
		"never run":                  {manager: manager{states: []string{idle + " Result=success ExecMainExitTimestampMonotonic=0"}, system: "running"}, o: UnitOptions{Finished: true}, err: "no pending jobs"},

		"restarted once":       {manager: manager{states: []string{"ActiveState=active NRestarts=1"}}},
		"restarted repeatedly": {manager: manager{states: []string{"ActiveState=activating NRestarts=3", "ActiveState=active NRestarts=4"}}, warning: "systemd has restarted it 3 times"},
		"stable":               {manager: manager{states: []string{"ActiveState=active InvocationID=a"}}, o: UnitOptions{Stable: 5 * time.Second}},
		"stable, but it restarts": {
			manager: manager{states: []string{"ActiveState=active InvocationID=a", "ActiveState=active InvocationID=b NRestarts=1"}},
			o:       UnitOptions{Stable: 5 * time.Second}, err: "did not stay active for 5 s: it is now active, systemd has restarted it 1 times"},
		"stable, but it ends": {
			manager: manager{states: []string{"ActiveState=active InvocationID=a", "ActiveState=activating SubState=auto-restart InvocationID=a"}},
			o:       UnitOptions{Stable: 5 * time.Second}, err: "it is now activating (auto-restart)"},
	} {
		m, _, log := play(t, c.manager.run)
		start := time.Now()
		err := m.WaitForUnit(t.Context(), "x.service", c.o, Wait{Timeout: time.Minute})
		var assertion *AssertionError
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.err != "" && (!errors.As(err, &assertion) || !strings.Contains(assertion.Message, c.err)):
			t.Errorf("%s: %v, want %q", name, err, c.err)
		}
		if took := time.Since(start); err == nil && took < c.o.Stable {
			t.Errorf("%s: it took %v, less than %v", name, took, c.o.Stable)
		}
		if warned := strings.Join(log.text, "\n"); (warned == "") != (c.warning == "") || !strings.Contains(warned, c.warning) || len(log.text) > 1 {
			t.Errorf("%s: warnings %q, want %q", name, log.text, c.warning)
		}
	}
}

// TestEmptyUnitProperty: systemctl lists properties without a value only when they are asked for by name.
func TestEmptyUnitProperty(t *testing.T) {
	m, _, _ := play(t, func(script string) (int, string, error) {
		switch {
		case strings.Contains(script, "--property=StatusText,LoadState"):
			return 0, "StatusText=\nLoadState=loaded\n", nil
		case strings.Contains(script, "--property="):
			return 0, "LoadState=loaded\n", nil
		}
		return 0, "LoadState=loaded\nActiveState=active\n", nil
	})
	if v, err := m.UnitProperty(t.Context(), "x.service", "StatusText", ""); v != "" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if _, err := m.UnitProperty(t.Context(), "x.service", "Activestate", ""); err == nil || !strings.Contains(err.Error(), `did you mean "ActiveState"?`) {
		t.Errorf("a misspelt one: %v", err)
	}
}

// TestUnitNamesAreNoOptions: systemctl takes a name that begins with a dash for an option unless it comes after "--".
func TestUnitNamesAreNoOptions(t *testing.T) {
	s := &manager{states: []string{"ActiveState=active"}}
	m, _, _ := play(t, s.run)
	ctx := t.Context()
	for name, f := range map[string]func() error{
		"wait_for_unit":      func() error { return m.WaitForUnit(ctx, "-.mount", UnitOptions{}, Wait{Timeout: defaultTimeout}) },
		"start_job":          func() error { _, err := m.StartJob(ctx, "-.mount", ""); return err },
		"stop_job":           func() error { _, err := m.StopJob(ctx, "-.mount", "alice"); return err },
		"get_unit_info":      func() error { _, err := m.UnitInfo(ctx, "-.mount", "alice"); return err },
		"require_unit_state": func() error { return m.RequireUnitState(ctx, "-.mount", "") },
	} {
		s.asked = nil
		if err := f(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(s.asked) != 1 || !strings.Contains(s.asked[0], " -- -.mount") {
			t.Errorf("%s: %q", name, s.asked)
		}
	}
}
