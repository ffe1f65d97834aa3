package bridge_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/script/check"
)

const mistyped = `from __future__ import annotations
import helper, re
def f(m: Machine) -> int:
    return m.succeed("é")
def g(x):
    return server.succeed(x).foo
f(3), helper.double("x"), vlan1.name, os.environ, machine.name
log = server.get_console_log()
print(log.strip(), machines[0].name)
for user in [{"name": "a", "groups": ["b"]}]:
    server.succeed(",".join(user["groups"]), *user["groups"])
votes = {"a": 1}
found = re.search("x", "y")
found = found.group()
print(max(votes, key=votes.get), int(votes.get("a")))
driver.machines_qemu.append(create_machine(guest="tiny"))
`

// types returns the findings of a type checker that is alone on the PATH, a line each.
func types(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "x.py")
	write(t, file, mistyped)
	write(t, filepath.Join(dir, "helper.py"), "def double(n: int) -> int:\n    return 2 * n\n")
	t.Setenv("PATH", path)
	t.Setenv("XDG_CACHE_HOME", "/dev/null") // a sandbox has no cache
	cfg := check.Config{Machines: map[string]string{"server": "QemuMachine"}}
	list, err := bridge.Types(t.Context(), bridge.Options{Script: file, Source: []byte(mistyped)}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range list {
		lines = append(lines, fmt.Sprintf("%d:%d %s `%s`", f.Start.Line, f.Start.Column, f.Code, mistyped[f.Range.Start:f.Range.End]))
	}
	return strings.Join(lines, "\n")
}

// mypy finds wrong types at the script's own places; it knows machines, modules beside the script, and os.
func TestMypy(t *testing.T) {
	mypy, err := exec.LookPath("mypy")
	if err != nil {
		t.Skip("this needs mypy (Debian: apt install mypy)")
	}
	want := "4:12 return-type `m.succeed(\"é\")`\n6:12 unknown-attribute `server.succeed(x).foo`\n7:3 argument-type `3`\n7:21 argument-type `\"x\"`"
	if got := types(t, filepath.Dir(mypy)); got != want {
		t.Errorf("mypy finds\n%s\nwant\n%s", got, want)
	}
}

// The output of pyright, which not every machine has, is read from a text.
func TestPyright(t *testing.T) {
	bin := t.TempDir()
	report := `{"generalDiagnostics": [
	{"file": "DIR/gotest_script.py", "severity": "error", "message": "Type \"str\" is not assignable\n  more", "rule": "reportReturnType",
	 "range": {"start": {"line": 4, "character": 11}, "end": {"line": 4, "character": 25}}},
	{"file": "DIR/gotest_script.py", "severity": "warning", "message": "w", "range": {"start": {"line": 4, "character": 1}, "end": {"line": 4, "character": 2}}},
	{"file": "DIR/other.py", "severity": "error", "message": "o", "range": {"start": {"line": 4, "character": 1}, "end": {"line": 4, "character": 2}}}]}`
	program := filepath.Join(bin, "pyright")
	write(t, program, "#!/bin/sh\nset -e\n[ -e \"$3\" ] && [ -e gotest_names.pyi ]\ncat <<'E'\n"+report+"\nE\nexit 1\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	if got, want := types(t, bin+":/usr/bin:/bin"), "4:12 return-type `m.succeed(\"é\")`"; got != want {
		t.Errorf("read is\n%s\nwant\n%s", got, want)
	}
}

// The packages that type checkers read have correct types themselves.
func TestPackageTypes(t *testing.T) {
	mypy, err := exec.LookPath("mypy")
	if err != nil {
		t.Skip("this needs mypy (Debian: apt install mypy)")
	}
	cmd := exec.Command(mypy, "--strict", "--ignore-missing-imports", "--cache-dir", t.TempDir(), "gotest", "test_driver")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
