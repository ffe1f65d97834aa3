package run_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/buildtest"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/format"
)

// pythonMachines are the machines of the Python tests, by the directory that the tests are in.
var pythonMachines = map[string]map[string]driver.MachineConfig{
	"debian": {"machine": {Guest: "debian"}},
	"tiny":   {"machine": {Guest: "tiny"}},
	"pair":   {"server": {Guest: "tiny", VLANs: []int{1}}, "client": {Guest: "tiny", VLANs: []int{1}}},
}

// pythonFails are the tests that fail on purpose, with their failures. The failing line has the comment "fails here",
// which migrate keeps.
var pythonFails = map[string]string{
	"debian/failing":       "port 80: actual=True",
	"pair/failing_cluster": "client",
}

// heard is what a test reported: its prints and its subtests with their results. All other events of the driver are in
// steps, except output of guests, for the reason of a failure.
type heard struct {
	mu    sync.Mutex
	lines []string
	open  map[uint64]string
	steps []string
}

func (h *heard) Handle(e report.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Kind == report.Message || e.Kind == report.Begin {
		h.steps = append(h.steps, strings.TrimPrefix(e.Machine+": "+e.Text, ": "))
	}
	switch {
	case e.Kind == report.Message && e.Level == report.Info && e.Machine == "":
		h.lines = append(h.lines, e.Text)
	case e.Kind == report.Begin && e.Action == report.ActionSubtest:
		h.open[e.Entry] = e.Text
		h.lines = append(h.lines, "subtest: "+e.Text)
	case e.Kind == report.End && h.open[e.Entry] != "":
		h.lines = append(h.lines, string(e.Status)+": "+h.open[e.Entry])
	}
}

func (h *heard) Close() error { return nil }

// take returns what was reported since the last call.
func (h *heard) take() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	text := strings.Join(h.lines, "\n")
	h.lines, h.open = nil, map[uint64]string{}
	return text
}

// forget starts a new test.
func (h *heard) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps = nil
}

// last returns the events of the last n steps.
func (h *heard) last(n int) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.steps[max(0, len(h.steps)-n):], "\n")
}

// TestPythonBothWays runs tests in Python as they are, and the translations by migrate of those that can be translated,
// on the same machines. The outcome, the line of a failure, the prints and the subtests must be the same, and must be
// those recorded beside the test.
func TestPythonBothWays(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	for _, group := range []string{"debian", "tiny", "pair"} {
		t.Run(group, func(t *testing.T) { runPythonGroup(t, group) })
	}
}

func runPythonGroup(t *testing.T, group string) {
	files, err := filepath.Glob("testdata/python/" + group + "/*.py")
	if err != nil || len(files) == 0 {
		t.Fatal("no tests", err)
	}
	config := &driver.Config{VMs: map[string]driver.MachineConfig{}}
	for name, m := range pythonMachines[group] {
		m.Name = name
		config.VMs[name] = m
	}
	told := &heard{}
	log := report.NewLog(nil, told)
	d, err := driver.New(t.Context(), driver.Options{Config: config, Name: "python", OutDir: t.TempDir(), Root: ".", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	})
	runFile := func(t *testing.T, file string) (text string, failure *script.Error) {
		if group == "tiny" { // each test boots for itself, because they end the machine or start it in their own way
			for _, m := range d.Machines() {
				m.Crash(t.Context())
			}
		}
		told.take()
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
		defer cancel()
		err := run.Run(ctx, run.Options{Script: file, Config: config, OutDir: d.OutDir(), Log: log, Driver: d, Within: true, Seed: 1})
		if err != nil && !errors.As(err, &failure) {
			t.Fatal(err)
		}
		return told.take(), failure
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".py")
		t.Run(name, func(t *testing.T) {
			told.forget()
			defer func() {
				if t.Failed() {
					t.Logf("what happened last:\n%s", told.last(40))
				}
			}()
			want, fails := pythonFails[group+"/"+name]
			text, failure := runFile(t, file)
			if recorded, err := os.ReadFile(strings.TrimSuffix(file, ".py") + ".txt"); err != nil {
				t.Error(err)
			} else if text+"\n" != string(recorded) {
				t.Errorf("it tells\n%s\nrecorded is\n%s", text, recorded)
			}
			failures := []*script.Error{failure}
			if migrated := migrateFile(t, file, config); migrated != "" {
				again, same := runFile(t, migrated)
				failures = append(failures, same)
				quotes := strings.NewReplacer(`"`, "'") // Starlark prints a dict's strings with double ones
				if quotes.Replace(text) != quotes.Replace(again) {
					t.Errorf("run tells\n%s\nmigrated it tells\n%s", text, again)
				}
				if failure != nil && same != nil && failure.Message != strings.TrimPrefix(same.Message, "assertion failed : ") {
					t.Errorf("it fails with %q, migrated with %q", failure.Message, same.Message)
				}
			}
			for _, e := range failures {
				switch {
				case e != nil && !fails:
					t.Errorf("it fails: %v", e)
				case e == nil && fails:
					t.Error("it does not fail")
				case fails && !strings.HasSuffix(failingLine(e), "# fails here"):
					t.Errorf("it fails in the line %q", failingLine(e))
				case fails && !strings.Contains(e.Message, want):
					t.Errorf("it fails with %q, want %q", e.Message, want)
				}
			}
		})
	}
}

// failingLine returns the line of the script that failed.
func failingLine(e *script.Error) string {
	if len(e.Backtrace) == 0 {
		return ""
	}
	return e.Backtrace[len(e.Backtrace)-1].Text
}

// migrateFile writes the translation of a test by migrate, which must pass the check and be formatted. It returns ""
// for a test that stays in Python.
func migrateFile(t *testing.T, file string, config *driver.Config) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, findings, err := python.Migrate(t.Context(), file, string(src))
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) > 0 {
		return ""
	}
	migrated := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(file), ".py")+".star")
	cfg, err := check.ConfigOf(config, filepath.Dir(migrated))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range check.File(t.Context(), cfg, migrated, []byte(text)) {
		t.Errorf("check finds %s in\n%s", f.Short(), text)
	}
	if again, err := format.File(migrated, []byte(text)); err != nil || string(again) != text {
		t.Errorf("fmt changes what migrate printed (%v) to\n%s", err, again)
	}
	if err := os.WriteFile(migrated, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return migrated
}

// TestMigratedPythonPassesCheck needs no guest: the translations by migrate are correct and formatted.
func TestMigratedPythonPassesCheck(t *testing.T) {
	var got []string
	for group, machines := range pythonMachines {
		config := &driver.Config{VMs: machines, File: "test"}
		files, err := filepath.Glob("testdata/python/" + group + "/*.py")
		if err != nil || len(files) == 0 {
			t.Fatal("no tests", err)
		}
		for _, file := range files {
			if migrateFile(t, file, config) != "" {
				got = append(got, group+"/"+filepath.Base(file))
			}
		}
	}
	slices.Sort(got)
	want := []string{"pair/failing_cluster.py", "pair/network.py", "tiny/reboot.py"}
	if !slices.Equal(got, want) {
		t.Errorf("%q translate, want %q: the others stay in Python", got, want)
	}
}

// TestLanguageOfAScript: a file whose name has no ending is run and checked in the language of its text, or in that of
// the configuration.
func TestLanguageOfAScript(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the driver")
	}
	binary, dir := buildtest.Driver(t), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := write("config.json", `{"vms": {}, "vlans": [], "script_language": "python"}`)
	for _, c := range []struct{ name, text, want string }{
		{"python-script", "with subtest(\"x\"):\n    print(f\"{1 + 1} in Python\")\n", "2 in Python"},
		{"starlark-script", "for _ in subtest(\"x\"):\n    print(int(\"7\"), \"in Starlark\")\n", "7 in Starlark"},
		{"configured", "print(int(\"8\\n\"), \"in Python\")\n", "8 in Python"}, // Starlark's int accepts no blanks
	} {
		script := write(c.name, c.text)
		args := []string{"--config", config, script}
		if c.name != "configured" {
			args = args[2:]
		}
		out, err := exec.CommandContext(t.Context(), binary, append([]string{"run", "--plain", "-o", dir + "/out"}, args...)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("run %s: %v\n%s", c.name, err, out)
		}
		if out, err := exec.CommandContext(t.Context(), binary, append([]string{"check"}, args...)...).CombinedOutput(); err != nil {
			t.Errorf("check %s: %v\n%s", c.name, err, out)
		}
	}
}
