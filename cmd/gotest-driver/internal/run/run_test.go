package run

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

// events keeps what is told.
type events struct{ list []report.Event }

func (e *events) Handle(ev report.Event) { e.list = append(e.list, ev) }
func (e *events) Close() error           { return nil }

func (e *events) last(kind report.Kind) *report.Event {
	for i := len(e.list) - 1; i >= 0; i-- {
		if e.list[i].Kind == kind {
			return &e.list[i]
		}
	}
	return nil
}

// put writes a file of a new directory and returns its path.
func put(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name, file, src string
		setup           bool // nothing is run
		class           string
		rerun           string
	}{
		{name: "passes", file: "a.star", src: "print(1)\n"},
		{name: "fails", file: "a.star", src: "fail('no')\n", class: script.ClassTest, rerun: "gotest-driver run"},
		{name: "fails in a test function", file: "a.star", src: "def test_x():\n    fail('no')\n", class: script.ClassTest, rerun: "gotest-driver run --run '^test_x$'"},
		{name: "takes random choices", file: "a.star", src: "fail(str(random.randint(1, 6)))\n", class: script.ClassTest, rerun: "gotest-driver run --seed 7"},
		{name: "divides by zero", file: "a.star", src: "x = len([])\nprint(1 // x)\n", class: script.ClassScript, rerun: "gotest-driver run"},
		{name: "has a typo", file: "a.star", src: "prnt(1)\n", setup: true},
		{name: "Python passes", file: "a.py", src: "with subtest('x'):\n    assert 1 < 2\n"},
		{name: "Python fails", file: "a.py", src: "assert 1 > 2, 'no'\n", class: script.ClassTest, rerun: "gotest-driver run"},
		{name: "Python knows the classes of machines", file: "a.py", src: "m = create_machine('run-m-vm')\n" +
			"assert [isinstance(m, c) for c in (Machine, BaseMachine, QemuMachine, NspawnMachine)] == [True, True, True, False]\n" +
			"assert not isinstance('m', BaseMachine)\n"},
		{name: "Python ends", file: "a.py", src: "import sys\nsys.exit(0)\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := &events{}
			path := put(t, c.file, c.src)
			err := Run(t.Context(), Options{Script: path, OutDir: t.TempDir(), Seed: 7, Log: report.NewLog(nil, told), Command: []string{"gotest-driver", "run"}})
			var setup *SetupError
			var failure *script.Error
			switch {
			case c.setup:
				if !errors.As(err, &setup) || len(told.list) > 0 {
					t.Errorf("%v, told %v", err, told.list)
				}
				return
			case c.class == "":
				if err != nil || told.last(report.RunEnd).Status != report.Passed {
					t.Errorf("%v, told %v", err, told.list)
				}
				return
			}
			if !errors.As(err, &failure) || failure.Class != c.class || told.last(report.RunEnd).Status != report.Failed {
				t.Fatalf("%v, told %v", err, told.list)
			}
			if f := told.last(report.Failure); f == nil || f.Failure.Rerun != c.rerun {
				t.Errorf("the failure is %+v, want to run it again with %q", f, c.rerun)
			}
		})
	}
	if err := Run(t.Context(), Options{Script: "missing.star", Log: report.NewLog(nil)}); err == nil || !strings.Contains(err.Error(), "missing.star") {
		t.Errorf("a missing script: %v", err)
	}
}

// What a script loads is watched, also when it is missing.
func TestInspect(t *testing.T) {
	path := put(t, "a.star", "load(\"b.star\", \"f\")\nload(\"c.star\", \"g\")\nkeep_machines = True\nf()\ng()\n")
	dir := filepath.Dir(path)
	if err := os.WriteFile(filepath.Join(dir, "b.star"), []byte("def f():\n    pass\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(t.Context(), path, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if missing, ok := i.Files[filepath.Join(dir, "c.star")]; len(i.Files) != 3 || !ok || missing != nil || !i.KeepMachines || !i.Errors() {
		t.Errorf("%+v", i)
	}
}

func TestNamedVLANs(t *testing.T) {
	if got := namedVLANs([]byte("vlan2.impair(loss = 1)\nvlan1.heal()\nvlan2.heal()\nvlan255.heal()\nmyvlan3.heal()\n")); !slices.Equal(got, []int{2, 1}) {
		t.Errorf("%v", got)
	}
}
