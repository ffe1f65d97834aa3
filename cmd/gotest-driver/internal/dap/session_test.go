package dap_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	godap "github.com/google/go-dap"
)

const helpers = `def double(n):
    # a comment has no statement

    result = n * 2
    return result
`

const guestScript = `load("helpers.star", "double")

server = create_machine(guest = "tiny", name = "server")

def check(expected):
    facts = {"kernel": "linux", "numbers": [1, 2, 3]}
    got = server.succeed("echo 1").strip()
    t.assertEqual(expected, got)

total = 0
for i in range(4):
    total += double(i)
server.start()
check("2")
`

// TestGuest is a whole session on a machine.
func TestGuest(t *testing.T) {
	dir := write(t, map[string]string{"test.star": guestScript, "helpers.star": helpers})
	c := start(t, dir)
	c.call("launch", map[string]any{"program": filepath.Join(dir, "test.star"), "outputDirectory": filepath.Join(dir, "out"), "stopOnEntry": true})
	set := func(file string, points ...map[string]any) []godap.Breakpoint {
		t.Helper()
		return c.call("setBreakpoints", map[string]any{
			"source": map[string]any{"path": filepath.Join(dir, file)}, "breakpoints": points,
		}).(*godap.SetBreakpointsResponse).Body.Breakpoints
	}
	moved := set("helpers.star", map[string]any{"line": 2, "condition": "n == 2"}, map[string]any{"line": 99})
	if !moved[0].Verified || moved[0].Line != 4 || moved[1].Verified || moved[1].Message == "" {
		t.Errorf("breakpoints: %+v", moved)
	}
	set("test.star", map[string]any{"line": 7}, map[string]any{"line": 12, "logMessage": "total is {total}"})
	c.call("setExceptionBreakpoints", map[string]any{"filters": []string{"failures"}})
	c.call("configurationDone", nil)

	c.at(c.stopped("entry"), "test.star", 1, "test.star")
	c.call("continue", map[string]any{"threadId": 1})

	frames := c.stopped("breakpoint")
	c.at(frames, "helpers.star", 4, "double")
	if len(frames) != 2 || frames[1].Line != 12 {
		t.Errorf("frames: %+v", frames)
	}
	if v := c.scope(1, "Locals")["n"]; v.Value != "2" || v.Type != "int" {
		t.Errorf("n: %+v", v)
	}
	if v := c.scope(2, "Globals")["total"]; v.Value != "2" {
		t.Errorf("total: %+v", v)
	}
	c.call("next", map[string]any{"threadId": 1})
	c.at(c.stopped("step"), "helpers.star", 5, "double")
	c.call("stepOut", map[string]any{"threadId": 1})
	c.at(c.stopped("step"), "test.star", 12, "test.star")
	c.call("continue", map[string]any{"threadId": 1})

	c.at(c.stopped("breakpoint"), "test.star", 7, "check")
	facts := c.scope(1, "Locals")["facts"]
	parts := c.variables(facts.VariablesReference)
	if parts[`"kernel"`].Value != `"linux"` || parts[`"kernel"`].EvaluateName != `facts["kernel"]` {
		t.Errorf("facts: %+v", parts)
	}
	if n := c.variables(parts[`"numbers"`].VariablesReference)["[2]"]; n.Value != "3" || n.EvaluateName != `facts["numbers"][2]` {
		t.Errorf("numbers[2]: %+v", n)
	}
	server := c.scope(1, "Machines")["server"]
	if v := c.variables(server.VariablesReference); v["booted"].Value != "True" || v["name"].Value != `"server"` {
		t.Errorf("server: %+v", v)
	}
	if got := c.evaluate(`server.succeed("echo from the guest")`); got != `"from the guest\n"` {
		t.Errorf("a call in the frame: %s", got)
	}
	if r := c.try("evaluate", map[string]any{"expression": `server.succeed("true")`, "frameId": 1, "context": "hover"}); r.GetResponse().Success {
		t.Error("hovering makes calls")
	}
	if r := c.try("evaluate", map[string]any{"expression": "nothing", "frameId": 1}); r.GetResponse().Success || !strings.Contains(r.GetResponse().Message, "nothing") {
		t.Errorf("an unknown name: %+v", r.GetResponse())
	}
	if r := c.call("completions", map[string]any{"text": "server.wait_for_un", "column": 19, "frameId": 1}).(*godap.CompletionsResponse); !hasLabel(r, "wait_for_unit") {
		t.Errorf("completions: %+v", r.Body.Targets)
	}
	slow := c.send("evaluate", map[string]any{"expression": `server.succeed("sleep 1000")`, "frameId": 1, "context": "repl"})
	c.call("cancel", map[string]any{"requestId": slow})
	if r := c.response(slow, "evaluate"); r.GetResponse().Success {
		t.Error("a cancelled call succeeded")
	}
	c.call("stepIn", map[string]any{"threadId": 1})
	c.at(c.stopped("step"), "test.star", 8, "check")
	c.call("continue", map[string]any{"threadId": 1})

	c.at(c.stopped("exception"), "test.star", 8, "check")
	if got := c.evaluate("[expected, got]"); got != `["2", "1"]` {
		t.Errorf("the failing frame's variables: %s", got)
	}
	if got := c.evaluate(`server.succeed("echo still here")`); got != `"still here\n"` {
		t.Errorf("a call after the failure: %s", got)
	}
	info := c.call("exceptionInfo", map[string]any{"threadId": 1}).(*godap.ExceptionInfoResponse).Body
	if info.ExceptionId != "test" || info.Description == "" || !strings.Contains(info.Details.StackTrace, "test.star:14") {
		t.Errorf("exception: %+v", info)
	}
	c.call("continue", map[string]any{"threadId": 1})
	c.end(1)
	for _, want := range []string{"total is 0\n", "total is 6\n", "!!! test failed"} {
		if !strings.Contains(c.output.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
}

func hasLabel(r *godap.CompletionsResponse, label string) bool {
	for _, i := range r.Body.Targets {
		if i.Label == label && i.Length == len("wait_for_un") {
			return true
		}
	}
	return false
}

// TestDisconnect ends a run with its machine.
func TestDisconnect(t *testing.T) {
	dir := write(t, map[string]string{"test.star": `server = create_machine(guest = "tiny", name = "server")
server.start()
debug.breakpoint()
`})
	c := start(t, dir)
	c.call("configurationDone", nil)
	c.call("launch", map[string]any{"program": "test.star"})
	c.at(c.stopped("breakpoint"), "test.star", 3, "test.star")
	pid := c.evaluate("server.pid")
	if _, err := os.Stat("/proc/" + pid); err != nil {
		t.Fatalf("the machine's process: %v", err)
	}
	c.call("disconnect", map[string]any{"terminateDebuggee": true})
	if _, err := os.Stat("/proc/" + pid); err == nil {
		t.Errorf("the machine's process %s is still there", pid)
	}
}

// TestPython: the error names the command that debugs a Python script.
func TestPython(t *testing.T) {
	dir := write(t, map[string]string{"test.py": "print(1)\n"})
	c := start(t, dir)
	r, ok := c.try("launch", map[string]any{"program": filepath.Join(dir, "test.py")}).(*godap.ErrorResponse)
	if !ok || !strings.Contains(r.Message, "gotest-driver dap "+filepath.Join(dir, "test.py")) {
		t.Errorf("the answer is %+v", r)
	}
	c.call("disconnect", nil)
}

// TestPause stops a loop, and a variable's change stops it too.
func TestPause(t *testing.T) {
	dir := write(t, map[string]string{"test.star": `n = 0
found = ""
for i in range(1000000000):
    n = n + 1
    if found:
        n = -1
        break
print("end")
`})
	c := start(t, dir)
	c.call("launch", map[string]any{"program": filepath.Join(dir, "test.star"), "noCheck": true})
	c.call("configurationDone", nil)
	if r := c.try("scopes", map[string]any{"frameId": 1}); r.GetResponse().Success {
		t.Error("a running script has scopes")
	}
	c.call("pause", map[string]any{"threadId": 1})
	c.stopped("pause")
	info := c.call("dataBreakpointInfo", map[string]any{"name": "n"}).(*godap.DataBreakpointInfoResponse).Body
	c.call("setDataBreakpoints", map[string]any{"breakpoints": []any{map[string]any{"dataId": info.DataId}}})
	c.call("continue", map[string]any{"threadId": 1})
	c.stopped("data breakpoint")
	c.call("setDataBreakpoints", map[string]any{"breakpoints": []any{}})
	c.call("terminate", map[string]any{})
	c.end(130)
}

// TestMistakes are answered, not fatal.
func TestMistakes(t *testing.T) {
	dir := write(t, map[string]string{"broken.star": "def f(:\n", "wrong.star": "nothing.start()\n"})
	c := start(t, dir)
	for _, l := range []map[string]any{
		{}, {"program": "nowhere.star"}, {"program": "wrong.star", "args": []string{"--hologram"}},
		{"program": "wrong.star", "args": []string{"other.star"}}, {"program": "wrong.star", "logLevel": "loud"},
	} {
		if r := c.try("launch", l); r.GetResponse().Success || r.GetResponse().Message == "" {
			t.Errorf("%v: %+v", l, r.GetResponse())
		}
	}
	if r := c.try("restartFrame", map[string]any{"frameId": 1}); r.GetResponse().Success {
		t.Error("restartFrame succeeded")
	}
	if r := c.try("noSuchRequest", nil); r.GetResponse().Success {
		t.Error("an unknown request succeeded")
	}
	points := c.call("setBreakpoints", map[string]any{
		"source": map[string]any{"path": filepath.Join(dir, "broken.star")}, "breakpoints": []any{map[string]any{"line": 1}},
	}).(*godap.SetBreakpointsResponse).Body.Breakpoints
	if points[0].Verified || !strings.Contains(points[0].Message, "broken.star:1") {
		t.Errorf("breakpoint in a broken file: %+v", points)
	}
	c.call("launch", map[string]any{"program": "wrong.star"})
	c.call("configurationDone", nil)
	c.end(2)
	if !strings.Contains(c.output.String(), "wrong.star:1") {
		t.Error("the output lacks the finding")
	}
}
