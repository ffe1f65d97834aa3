package bind

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/machine"
)

// TestMachineCalls: arguments reach the machine's methods, and results are those of the reference.
func TestMachineCalls(t *testing.T) {
	m, f := fakeMachine(t, "server")
	b := binding(t, Hooks{})
	g := starlark.StringDict{"server": b.object(m)}
	for expression, want := range map[string]string{
		`server.name`:                                            `"server"`,
		`server.booted`:                                          "True",
		`server.pid`:                                             "4711",
		`server.succeed("echo a", "echo b")`:                     `"a\nb\n"`,
		`server.succeed()`:                                       `""`,
		`server.fail("echo c; exit 3")`:                          `"c\n"`,
		`server.execute("echo d; exit 3")`:                       `(3, "d\n")`,
		`server.execute("echo e", check_return = False)`:         `(-1, "e\n")`,
		`server.wait_until_succeeds("echo f", timeout = 60)`:     `"f\n"`,
		`server.wait_for_console_text("boot (?=1 of)")`:          "None", // Go's expressions have no lookahead
		`[x.text for x in server.find_text("machine\\s+login")]`: `["machine login"]`,
		`[(x.x, x.y, x.width, x.height) for x in server.find_text("machine login:")]`: "[(0, 256, 126, 16)]",
		`server.find_text("nobody login")`:                                            "[]",
		`server.send_chars("aB\n")`:                                                   "None",
		`server.send_key("ctrl-alt-f2")`:                                              "None",
	} {
		if got, err := eval(t, g, expression); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", expression, got, err, want)
		}
	}
	slices.Sort(f.typed) // the expressions come in any order
	if got, want := strings.Join(f.typed, " "), "a ctrl-alt-f2 ret shift-b"; got != want {
		t.Errorf("typed was %s, want %s", got, want)
	}
}

func TestMachineErrors(t *testing.T) {
	m, _ := fakeMachine(t, "server")
	b := binding(t, Hooks{})
	g := starlark.StringDict{"server": b.object(m)}
	for expression, want := range map[string]string{
		`server.succeed("true", "exit 3", "true")`:                       "server: command `exit 3` failed (exit code 3)",
		`server.fail("true")`:                                            "command `true` unexpectedly succeeded",
		`server.wait_for_console_text("(")`:                              "wait_for_console_text: regex: invalid regular expression",
		`server.wait_for_console_text("(a+)+$", timeout = 60)`:           "the regular expression takes too long",
		`server.wait_until_tty_matches(1, "x")`:                          "not possible on a fake machine",
		`server.assert_screen("x.png", area = (0, 0, 0, 1))`:             "area is (x, y, width, height) with a width and a height above 0",
		`server.qmp("query-status")`:                                     "not possible on a fake machine",
		`server.qmp_client.send("query-status", {"a": {1: 2}})`:          "a key of an argument is 1, it must be a string",
		`server.qmp("query-status", {"x": [server.booted, server.qmp]})`: "can't be an argument",
		`server.shell_interact()`:                                        "works in the interactive mode only",
		`server.send_chars("é")`:                                         "can't be typed with the keyboard layout us",
		`server.send_chars("y", layout = "deu")`:                         `no keyboard layout "deu"`,
	} {
		if got, err := eval(t, g, expression); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %s (%v), want an error with %q", expression, got, err, want)
		}
	}
}

// TestInteractiveCalls: calls that connect the user with a machine belong to the interactive mode.
func TestInteractiveCalls(t *testing.T) {
	m, _ := fakeMachine(t, "server")
	var calls []string
	call := func(name string) func(context.Context) error {
		return func(context.Context) error { calls = append(calls, name); return nil }
	}
	b := binding(t, Hooks{
		TestScript: call("test_script"), RunTests: call("run_tests"),
		Shell: func(_ context.Context, m *machine.Machine, address string) error {
			return call("shell of " + m.Name() + " at " + address)(nil)
		},
		Console:      func(_ context.Context, m *machine.Machine) error { return call("console of " + m.Name())(nil) },
		SerialOutput: func(on bool) { calls = append(calls, map[bool]string{true: "on", false: "off"}[on]) },
	})
	g := b.Globals()
	g["server"] = b.object(m)
	for _, expression := range []string{"test_script()", "run_tests()", `server.shell_interact("tcp:1")`, "server.console_interact()", "serial_stdout_on()", "serial_stdout_off()"} {
		if _, err := eval(t, g, expression); err != nil {
			t.Error(expression, err)
		}
	}
	if got, want := strings.Join(calls, ", "), "test_script, run_tests, shell of server at tcp:1, console of server, on, off"; got != want {
		t.Errorf("called were %s, want %s", got, want)
	}
}
