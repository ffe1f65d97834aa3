package debugger_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/modules"
)

// front answers each stop with the next of its actions, then goes on.
type front struct {
	actions []debugger.Action
	at      func(s *debugger.Stop) // looks at each stop, when set
	stops   []string               // reason file:line function
	logged  []string
}

func (f *front) Stopped(s *debugger.Stop) debugger.Action {
	place := "nowhere"
	if len(s.Frames) > 0 {
		p := s.Frames[0].Source
		place = strings.TrimSpace(fmt.Sprintf("%s:%d %s", filepath.Base(p.File), p.Line, p.Func))
	}
	f.stops = append(f.stops, string(s.Reason)+" "+place)
	if f.at != nil {
		f.at(s)
	}
	if len(f.actions) == 0 {
		return debugger.Continue
	}
	a := f.actions[0]
	f.actions = f.actions[1:]
	return a
}

func (f *front) Log(at report.Source, text string) {
	f.logged = append(f.logged, fmt.Sprintf("%d: %s", at.Line, text))
}

// debug runs the script test.star of files as the runner does.
func debug(t *testing.T, files map[string]string, f *front, prepare func(d *debugger.Debugger, dir string)) error {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := debugger.New(f)
	if prepare != nil {
		prepare(d, dir)
	}
	g := script.Builtins()
	for name, v := range modules.New(modules.Options{Breakpoint: d.Breakpoint}) {
		g[name] = v
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return script.Run(ctx, script.Options{
		Filename: filepath.Join(dir, "test.star"), Predeclared: g, OnStep: d.OnStep, OnCallError: d.CallFailed, PostMortem: true,
		OnFailure: d.Failed,
	})
}

func (f *front) check(t *testing.T, want ...string) {
	t.Helper()
	if !reflect.DeepEqual(f.stops, want) {
		t.Errorf("stopped at\n\t%s\nwant\n\t%s", strings.Join(f.stops, "\n\t"), strings.Join(want, "\n\t"))
	}
}

const steps = `def inner(n):
    x = n
    return x

def outer():
    y = 1
    z = inner(y)
    return z

a = 1
debug.breakpoint()
b = 2
c = outer()
d = 3
`

func TestSteps(t *testing.T) {
	f := &front{actions: []debugger.Action{
		debugger.Next, debugger.Next, debugger.Step, debugger.Next, debugger.Step, debugger.Finish, debugger.Next, debugger.Next,
	}}
	if err := debug(t, map[string]string{"test.star": steps}, f, nil); err != nil {
		t.Fatal(err)
	}
	f.check(t, "debug.breakpoint() test.star:11", "step test.star:12", "step test.star:13", "step test.star:6 outer", "step test.star:7 outer",
		"step test.star:2 inner", "step test.star:8 outer", "step test.star:14")
}

func TestNextStepsOverFunctions(t *testing.T) {
	f := &front{actions: []debugger.Action{debugger.Next, debugger.Next, debugger.Next}}
	if err := debug(t, map[string]string{"test.star": steps}, f, nil); err != nil {
		t.Fatal(err)
	}
	f.check(t, "debug.breakpoint() test.star:11", "step test.star:12", "step test.star:13", "step test.star:14")
}

func TestQuit(t *testing.T) {
	f := &front{actions: []debugger.Action{debugger.Quit}}
	if err := debug(t, map[string]string{"test.star": steps}, f, nil); err == nil || !strings.Contains(err.Error(), debugger.ErrQuit.Error()) {
		t.Errorf("the script ended with %v", err)
	}
	f.check(t, "debug.breakpoint() test.star:11") // quitting is a failure, but does not stop
}

// A statement that can't fail has no place in the bytecode, but the script can stop there, also in loaded files.
func TestBreakpoints(t *testing.T) {
	f := &front{}
	files := map[string]string{
		"test.star": "load(\"lib.star\", \"f\")\nx = 1\nif x:\n    y = 2\nelse:\n    y = 3\nfor i in range(2):\n    pass\nf()\n",
		"lib.star":  "g = 1\n\ndef f():\n    return \"nothing\"\n",
	}
	err := debug(t, files, f, func(d *debugger.Debugger, dir string) {
		for _, l := range []int{2, 4, 6, 8} {
			d.Break(filepath.Join(dir, "test.star"), l)
		}
		d.SetBreakpoints(filepath.Join(dir, "lib.star"), []debugger.Breakpoint{{Line: 1}, {Line: 4}})
	})
	if err != nil {
		t.Fatal(err)
	}
	f.check(t, "breakpoint lib.star:1", "breakpoint test.star:2", "breakpoint test.star:4", "breakpoint test.star:8", "breakpoint test.star:8",
		"breakpoint lib.star:4 f")
}

func TestConditionsHitsAndMessages(t *testing.T) {
	f := &front{}
	loop := "total = 0\nfor i in range(10):\n    total += i\n    pass\n    x = 1\n"
	err := debug(t, map[string]string{"test.star": loop}, f, func(d *debugger.Debugger, dir string) {
		d.SetBreakpoints(filepath.Join(dir, "test.star"), []debugger.Breakpoint{
			{Line: 3, Condition: "i % 2 == 0", Hits: ">4"}, {Line: 4, Log: "i is {i}, {nothing}", Hits: "%5"}, {Line: 5, Condition: "nothing"},
		})
		f.at = func(s *debugger.Stop) {
			if s.Text != "" && !strings.Contains(s.Text, "nothing") {
				t.Errorf("problem: %s", s.Text)
			}
			if s.Frames[0].Source.Line == 5 {
				if s.Text == "" {
					t.Error("a condition that fails goes unnoticed")
				}
				d.Break(s.Frames[0].Source.File, 6)
				d.SetBreakpoints(s.Frames[0].Source.File, []debugger.Breakpoint{
					{Line: 3, Condition: "i % 2 == 0", Hits: ">3"}, {Line: 4, Log: "i is {i}, {nothing}", Hits: "%5"},
				})
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	f.check(t, "breakpoint test.star:5", "breakpoint test.star:3")
	if len(f.logged) != 1 || !strings.HasPrefix(f.logged[0], "4: i is 5, {nothing: ") {
		t.Errorf("logged: %q", f.logged)
	}
	for hits, ok := range map[string]bool{"": true, "5": true, "== 3": true, ">=2": true, "x": false, "0": false, "!3": false, "%": false} {
		if err := debugger.CheckHits(hits); (err == nil) != ok {
			t.Errorf("%q: %v", hits, err)
		}
	}
}

func TestWatch(t *testing.T) {
	f := &front{actions: []debugger.Action{debugger.Continue, debugger.Continue, debugger.Continue}}
	src := "n = 1\ndebug.breakpoint()\nm = 5\nn = 2\nm = 6\n\ndef f():\n    pass\n\nf()\nn = 3\nn = 3\nn = 4\nend = 1\n"
	var texts []string
	err := debug(t, map[string]string{"test.star": src}, f, func(d *debugger.Debugger, _ string) {
		f.at = func(s *debugger.Stop) {
			switch s.Reason {
			case debugger.AtCall:
				d.Watch("n")
			case debugger.AtWatch:
				if texts = append(texts, s.Text); len(texts) == 2 {
					d.Watch("n")
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	f.check(t, "debug.breakpoint() test.star:2", "watch test.star:5", "watch test.star:12")
	if want := []string{"n: 1 → 2", "n: 2 → 3"}; !reflect.DeepEqual(texts, want) {
		t.Errorf("%q, want %q", texts, want)
	}
}

func TestFailures(t *testing.T) {
	src := "def f():\n    x = 7\n    t.assertEqual(x, 8)\n\nf()\n"
	for _, test := range []struct {
		failures, errors bool
		want             []string
	}{
		{true, false, []string{"failure test.star:3 f"}},
		{false, false, nil},
		{false, true, []string{"failing call test.star:3 f"}},
	} {
		f := &front{}
		f.at = func(s *debugger.Stop) {
			if x := s.Frames[0].Locals["x"]; x == nil || x.String() != "7" {
				t.Errorf("x is %v", x)
			}
			if v, err := s.Frames[0].Eval(t.Context(), "x + 1"); err != nil || v.String() != "8" {
				t.Errorf("x + 1: %v, %v", v, err)
			}
		}
		err := debug(t, map[string]string{"test.star": src}, f, func(d *debugger.Debugger, _ string) { d.StopAt(test.failures, test.errors) })
		var e *script.Error
		if !errors.As(err, &e) || e.Class != script.ClassTest {
			t.Errorf("the script ended with %v", err)
		}
		f.check(t, test.want...)
	}
}

// While the user looks at one thread the others wait, even if an evaluation of the user waits.
func TestOthersWait(t *testing.T) {
	src := `seen = []

def a():
    debug.breakpoint()
    seen.append("a")

def b():
    for i in range(3000):
        seen.append("b")

parallel([a, b])
`
	f := &front{}
	f.at = func(s *debugger.Stop) {
		count := func() string {
			v, err := s.Frames[0].Eval(t.Context(), "len(seen)")
			if err != nil {
				t.Fatal(err)
			}
			return v.String()
		}
		before := count()
		// Calls of its functions are the user's own, and run.
		if v, err := s.Frames[0].Eval(t.Context(), "parallel([lambda: 1, lambda: 2])"); err != nil || v.String() != "[1, 2]" {
			t.Errorf("parallel: %v, %v", v, err)
		}
		if after := count(); after != before {
			t.Errorf("the other thread went on: %s, then %s", before, after)
		}
	}
	if err := debug(t, map[string]string{"test.star": src}, f, nil); err != nil {
		t.Fatal(err)
	}
	f.check(t, "debug.breakpoint() test.star:4 a")
}

func TestPause(t *testing.T) {
	f := &front{}
	if err := debug(t, map[string]string{"test.star": steps}, f, func(d *debugger.Debugger, _ string) { d.Pause() }); err != nil {
		t.Fatal(err)
	}
	f.check(t, "pause test.star:1", "debug.breakpoint() test.star:11")
}

// The end of the context ends only the evaluation.
func TestEvaluationEnds(t *testing.T) {
	f := &front{}
	f.at = func(s *debugger.Stop) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := s.Frames[0].Eval(ctx, "[i for i in range(1000000000)]"); err == nil {
			t.Error("an endless evaluation ended by itself")
		}
		if v, err := s.Frames[0].Eval(t.Context(), "a"); err != nil || v != starlark.Value(starlark.MakeInt(1)) {
			t.Errorf("a is %v, %v", v, err)
		}
	}
	if err := debug(t, map[string]string{"test.star": steps}, f, nil); err != nil {
		t.Fatal(err)
	}
}
