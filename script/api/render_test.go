package api

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Each rendering names every function, with every parameter.
func TestRenderingsAreWhole(t *testing.T) {
	a := Load()
	var text, md, js, pyi bytes.Buffer
	for _, r := range []struct {
		b *bytes.Buffer
		f func() error
	}{{&text, func() error { return a.Text(&text) }}, {&md, func() error { return a.Markdown(&md) }}, {&js, func() error { return a.JSON(&js) }}, {&pyi, func() error { return a.PYI(&pyi) }}} {
		if err := r.f(); err != nil {
			t.Fatal(err)
		}
	}
	if !json.Valid(js.Bytes()) {
		t.Error("the JSON is not valid")
	}
	check := func(f *Function) {
		for _, sig := range f.Signatures() {
			for name, out := range map[string]string{"text": text.String(), "markdown": md.String()} {
				if !strings.Contains(out, sig) {
					t.Errorf("%s lacks %s", name, sig)
				}
			}
		}
		if f.Owner != "assert" && f.Name != "assert" && !strings.Contains(pyi.String(), "def "+f.Name+"(") {
			t.Errorf("the stub lacks %s", f.FullName())
		}
	}
	for _, f := range a.Functions {
		check(f)
	}
	for _, c := range a.Classes {
		for _, f := range c.Methods {
			check(f)
		}
	}
	for _, m := range a.Modules {
		for _, f := range m.Functions {
			check(f)
		}
	}
}

const goodPython = `from gotest import *

server: Machine = create_machine(guest="debian", name="server")
start_all()
for _ in subtest("web"):
    server.wait_for_unit("nginx.service", timeout=5 * time.minute)
    status, out = server.execute("true")
    t.assertEqual(status, 0)
    m = re.search("a(b)", out)
    if m is not None:
        log.info(m.group(1))
text: str = server.succeed("a", "b", timeout=3)


def works(last: bool) -> bool:
    return server.is_up() or last


retry(works)
number: int = subtest("n", lambda: 3)
results: list[str] = parallel([lambda: server.succeed("a"), lambda: server.succeed("b")])
cond = polling_condition(lambda: True, interval=1)
with subtest("with"), cond:
    inside = server.succeed("a")
print(inside.strip())
for _ in cond:
    print(shlex.quote(text), results, number, math.floor(2.5), json.encode([1]))
`

// The wrong calls, and a word that mypy's message for each must have.
var wrongPython = []struct{ line, says string }{
	{`server.wait_for_unti("a")`, "wait_for_unit"},
	{`server.wait_for_open_port("80")`, "incompatible type"},
	{`server.succeed("a", timout=1)`, "timout"},
	{`status2, out2, more = server.execute("a")`, "unpack"},
	{`server.wait_for_unit()`, "Missing positional"},
	{`re.search("a", "b").group()`, "None"},
	{`retry(lambda: True)`, "incompatible type"},
	{`x: int = server.succeed("a")`, "Incompatible types"},
}

func TestStubInMypy(t *testing.T) {
	if testing.Short() {
		t.Skip("runs mypy for some seconds")
	}
	dir := t.TempDir()
	var stub bytes.Buffer
	if err := Load().PYI(&stub); err != nil {
		t.Fatal(err)
	}
	wrong := goodPython
	first := strings.Count(wrong, "\n") + 1
	for _, w := range wrongPython {
		wrong += w.line + "\n"
	}
	for name, text := range map[string]string{"gotest.pyi": stub.String(), "good.py": goodPython, "wrong.py": wrong} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mypy := func(file string) string {
		cmd := exec.Command("mypy", "--strict", "--no-color-output", "--cache-dir", filepath.Join(dir, "cache"), file)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if _, ok := err.(*exec.ExitError); err != nil && !ok {
			t.Fatalf("mypy (Debian: apt install mypy): %v", err)
		}
		return string(out)
	}
	if out := mypy("good.py"); !strings.HasPrefix(out, "Success") {
		t.Errorf("mypy rejects a right script:\n%s", out)
	}
	out := mypy("wrong.py")
	for i, w := range wrongPython {
		found := false
		for _, l := range strings.Split(out, "\n") {
			if strings.HasPrefix(l, "wrong.py:"+strconv.Itoa(first+i)+":") && strings.Contains(l, w.says) {
				found = true
			}
		}
		if !found {
			t.Errorf("mypy does not report %s:\n%s", w.line, out)
		}
	}
}

func TestTextOfUnknownNames(t *testing.T) {
	for name, want := range map[string]string{
		"Machine.wait_for_unt": "Machine.wait_for_unit",
		"Machin":               "Machine",
		"create_machin":        "create_machine",
	} {
		if err := Load().TextOf(io.Discard, []string{name}); err == nil || !strings.Contains(err.Error(), "did you mean "+want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
