package script_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func TestKeepsMachines(t *testing.T) {
	for src, want := range map[string]bool{
		"keep_machines = True\nstart_all()\n":       true,
		"start_all()\nkeep_machines: bool = True\n": true,
		"start_all()\n":                                      false,
		"keep_machines = False\n":                            false,
		"keep_machines = True\nkeep_machines = False\n":      false,
		"def f():\n    keep_machines = True\n    return f\n": false,
		"other = True\n":                                     false,
	} {
		f, err := dialect.Parse("test.star", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if got := script.KeepsMachines(f); got != want {
			t.Errorf("%q: %v, want %v", src, got, want)
		}
	}
}

// TestPerTest: with `per_test = "restore"`, the state is saved behind the top level and brought back before each test function but the
// first. Mistakes are found before anything runs.
func TestPerTest(t *testing.T) {
	const tests = "def test_a():\n    print('a')\ndef test_b():\n    print('b')\ndef test_c():\n    print('c')\n"
	run := func(src string, checkpoint script.Checkpoint) (did string, err error) {
		told := func(s string) { did += s + " " }
		if checkpoint == nil {
			checkpoint = func(context.Context) (func(context.Context) error, error) {
				told("save")
				return func(context.Context) error { told("back"); return nil }, nil
			}
		}
		err = script.Run(t.Context(), script.Options{Filename: "x.star", Source: []byte(src), Checkpoint: checkpoint, Print: func(_ context.Context, s string) { told(s) }})
		return did, err
	}
	for src, want := range map[string]string{
		"per_test = \"restore\"\nprint('top')\n" + tests:                      "top save a back b back c ",
		"print('top')\n" + tests:                                              "top a b c ",
		"per_test = \"restore\"\ndef test_a():\n    print('a')\n":             "a ",
		"def f():\n    per_test = \"restore\"\n    print(per_test)\n" + tests: "a b c ",
	} {
		if did, err := run(src, nil); err != nil || did != want {
			t.Errorf("%s: %s, %v, want %s", src, did, err, want)
		}
	}
	for _, src := range []string{"per_test = \"clone\"\n", "per_test = True\n", "x = \"restore\"\nper_test = x\n"} {
		if did, err := run(src+tests, nil); err == nil || !strings.Contains(err.Error(), `per_test is "restore", or is not set`) || did != "" {
			t.Errorf("%s: %s, %v", src, did, err)
		}
	}
	no := errors.New("no room")
	if did, err := run("per_test = \"restore\"\n"+tests, func(context.Context) (func(context.Context) error, error) { return nil, no }); !errors.Is(err, no) || did != "" {
		t.Errorf("%s, %v", did, err)
	}
	if did, err := run("per_test = \"restore\"\n"+tests, func(context.Context) (func(context.Context) error, error) {
		return func(context.Context) error { return no }, nil
	}); !errors.Is(err, no) || did != "a " {
		t.Errorf("%s, %v", did, err)
	}
}
