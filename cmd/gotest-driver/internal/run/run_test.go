package run

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// events keeps the events that are reported.
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

// put writes a file in a new directory and returns its path.
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
		setup           bool // nothing runs
		class           string
		rerun           string
	}{
		{name: "passes", file: "a.star", src: "print(1)\n"},
		{name: "fails", file: "a.star", src: "fail('no')\n", class: script.ClassTest, rerun: "gotest-driver run"},
		{name: "fails in a test function", file: "a.star", src: "def test_x():\n    fail('no')\n", class: script.ClassTest, rerun: "gotest-driver run --run '^test_x$'"},
		{name: "takes random choices", file: "a.star", src: "fail(str(random.randint(1, 6)))\n", class: script.ClassTest, rerun: "gotest-driver run --seed 7"},
		{name: "names a file like a module", file: "a.star", src: "print('/dev/urandom')  # random\nfail('no')\n", class: script.ClassTest, rerun: "gotest-driver run"},
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

// Files that a script loads are watched, even missing ones.
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

// load loads from a map of files.
func load(files map[string]string) func(module, from string) (string, []byte, error) {
	return func(module, _ string) (string, []byte, error) {
		src, ok := files[module]
		if !ok {
			return "", nil, os.ErrNotExist
		}
		return module, []byte(src), nil
	}
}

func TestVLANsOfScript(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []int
	}{
		{"used", "vlan10.impair(loss = 1)\nvlan2.heal()\nvlan10.heal()\n", []int{2, 10}},
		{"passed on", "def f(v):\n    v.heal()\nf(vlan3)\n", []int{3}},
		{"in a function", "def test_x():\n    vlan4.heal()\n", []int{4}},
		{"in a comment and a string", "# vlan1.heal()\nprint('vlan1.heal()')\n", nil},
		{"defined by the script", "vlan1 = struct(heal = len)\nvlan1.heal([])\n", nil},
		{"no network's name", "vlan255.heal()\nvlan0.heal()\nvlan01.heal()\nmyvlan3.heal()\nvlan.heal()\n", nil},
		{"an attribute", "m.vlan1.heal()\n", nil},
		{"in a loaded file", "load('b', 'f')\nf()\n", []int{5, 6}},
		{"in a missing file", "load('x', 'f')\nvlan1.heal()\n", []int{1}},
		{"in a broken script", "vlan1.heal(\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram("", nil)
			p.load = load(map[string]string{
				"b": "load('c', 'g')\nload('b', 'h')\ndef f():\n    vlan5.heal()\n", "c": "def g():\n    return vlan6\n",
			})
			if got := vlans(p.names("a.star", []byte(c.src))); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// The checker and the run share the trees that were parsed once. The text on disk can't be parsed.
func TestParsedOnce(t *testing.T) {
	path := put(t, "a.star", "this is no Starlark\n")
	helper := filepath.Join(filepath.Dir(path), "b.star")
	if err := os.WriteFile(helper, []byte("nor is this\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	parsed := map[string]int{}
	parse := func(name string, src []byte) (*dialect.File, error) {
		parsed[name]++
		text := "def f() -> int:\n    return 1\n"
		if name == path {
			text = "load('b.star', 'f')\nload('./b.star', g = 'f')\nx = f() + g()\n"
		}
		f, err := dialect.Parse(name, []byte(text))
		f.Source = src
		return f, err
	}
	if err := Run(t.Context(), Options{Script: path, OutDir: t.TempDir(), Log: report.NewLog(nil), parse: parse}); err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{path: 1, helper: 1}; !maps.Equal(parsed, want) {
		t.Errorf("parsed %v, want %v", parsed, want)
	}
}

// A file that a script loads may make random choices, too.
func TestSeedOfLoadedFile(t *testing.T) {
	path := put(t, "a.star", "load(\"b.star\", \"f\")\nfail(str(f()))\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "b.star"), []byte("def f() -> int:\n    return random.randint(1, 6)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	told := &events{}
	_ = Run(t.Context(), Options{Script: path, OutDir: t.TempDir(), Seed: 7, Log: report.NewLog(nil, told), Command: []string{"gotest-driver", "run"}})
	if f := told.last(report.Failure); f == nil || f.Failure.Rerun != "gotest-driver run --seed 7" {
		t.Errorf("the failure is %+v", f)
	}
}

// A run that can't start is a SetupError; it reports nothing, and leaves nothing.
func TestSetupErrors(t *testing.T) {
	file := put(t, "file", "")
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"a missing script", Options{Script: "missing.star"}, "missing.star"},
		{"an undefined name", Options{Script: put(t, "a.star", "prnt(1)\n")}, "prnt"},
		{"an undefined name, unchecked", Options{Script: put(t, "a.star", "prnt(1)\n"), Check: CheckNone}, "prnt"},
		{"bad syntax, unchecked", Options{Script: put(t, "a.star", "print(\n"), Check: CheckNone}, "a.star:1"},
		{"no such test function", Options{Script: put(t, "a.star", "def test_a():\n    pass\n"), Match: pattern(t, "test_b")}, "test_b"},
		{"a part of a script in Python", Options{Script: put(t, "a.py", "def test_a(): pass\n"), Match: pattern(t, "test_a")}, "runs as a whole"},
		{"no output directory", Options{Script: put(t, "a.star", "print(1)\n"), OutDir: filepath.Join(file, "out")}, file},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := &events{}
			c.o.Log = report.NewLog(nil, told)
			if c.o.OutDir == "" {
				c.o.OutDir = t.TempDir()
			}
			ran := false
			c.o.OnGlobals = func(starlark.StringDict) { ran = true }
			err := Run(t.Context(), c.o)
			var setup *SetupError
			if !errors.As(err, &setup) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want a SetupError about %q", err, c.want)
			}
			if ran || told.last(report.RunStart) != nil {
				t.Errorf("the script was run: %+v", told.list)
			}
		})
	}
}

func pattern(t *testing.T, text string) *pyre.Regexp {
	t.Helper()
	re, err := pyre.Compile(text, 0)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

// stopper ends a context when the script prints.
type stopper struct {
	events
	stop func()
}

func (s *stopper) Handle(ev report.Event) {
	s.events.Handle(ev)
	if ev.Kind == report.Message && ev.Text == "now" {
		s.stop()
	}
}

func TestStatusOfRunThatWasEnded(t *testing.T) {
	for _, c := range []struct {
		cause error
		want  report.Status
	}{
		{&Interrupted{Signal: os.Interrupt}, report.Interrupted},
		{&Changed{Files: []string{"a.star"}}, report.Interrupted},
		{errors.New("the disk is full"), report.Failed},
	} {
		ctx, stop := context.WithCancelCause(t.Context())
		told := &stopper{stop: func() { stop(c.cause) }}
		err := Run(ctx, Options{Script: put(t, "a.star", "print('now')\nfor _ in range(1000000000):\n    pass\n"), OutDir: t.TempDir(), Log: report.NewLog(nil, told)})
		if end := told.last(report.RunEnd); err == nil || end == nil || end.Status != c.want || end.Error == "" {
			t.Errorf("ended by %q: %v, the run's end is %+v, want %s", c.cause, err, end, c.want)
		}
	}
}

func TestGlobalTimeout(t *testing.T) {
	const limit = time.Second // until then the script has started
	for name, o := range map[string]Options{
		"the option":                         {GlobalTimeout: limit},
		"the configuration's":                {Config: &driver.Config{GlobalTimeout: limit}},
		"the option, not the configuration":  {GlobalTimeout: limit, Config: &driver.Config{GlobalTimeout: time.Hour}},
		"the default":                        {DefaultTimeout: limit},
		"the configuration, not the default": {Config: &driver.Config{GlobalTimeout: limit}, DefaultTimeout: time.Hour},
		"silence":                            {MaxSilence: limit, GlobalTimeout: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Script, o.OutDir, o.Log = put(t, "a.star", "for _ in range(1000000000):\n    pass\n"), t.TempDir(), report.NewLog(nil)
			var failure *script.Error
			if err := Run(t.Context(), o); !errors.As(err, &failure) || failure.Class != script.ClassTimeout {
				t.Errorf("%v, want a failure of class %s", err, script.ClassTimeout)
			}
			if o.MaxSilence > 0 && (failure == nil || !strings.Contains(failure.Message, "the test a has been silent for 1s")) {
				t.Errorf("the failure does not name the test and the limit: %v", failure)
			}
			if byDefault := o.GlobalTimeout == 0 && o.Config == nil; byDefault && (failure == nil || !strings.Contains(failure.Message, "--global-timeout")) {
				t.Errorf("the failure does not name the flag: %v", failure)
			}
		})
	}
}

// OnGlobals receives the names that the script had defined when it failed.
func TestOnGlobals(t *testing.T) {
	for src, want := range map[string][]string{
		"x = 1\ndef f():\n    pass\n":    {"f", "x"},
		"x = 1\nfail('no')\nlater = 2\n": {"x"},
	} {
		var got []string
		o := Options{Script: put(t, "a.star", src), OutDir: t.TempDir(), Log: report.NewLog(nil)}
		o.OnGlobals = func(g starlark.StringDict) { got = g.Keys() }
		_ = Run(t.Context(), o)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", src, got, want)
		}
	}
}

// What was opened last is closed first; each is closed once, even if another fails.
func TestEnding(t *testing.T) {
	var e ending
	var order []string
	for _, name := range []string{"limit", "interpreter", "driver"} {
		e.add(func() error { order = append(order, name); return errors.New(name) })
	}
	err := e.run()
	if want := []string{"driver", "interpreter", "limit"}; !slices.Equal(order, want) || err == nil || err.Error() != "driver\ninterpreter\nlimit" {
		t.Errorf("%v, %v, want %v", order, err, want)
	}
	if err := e.run(); err != nil || len(order) != 3 {
		t.Errorf("closed twice: %v, %v", order, err)
	}
}
