package bridge_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/script/api"
)

const compatibilityPage = "../../../../../docs/compatibility.md"

const compatibilityHead = `# Compatibility with nixpkgs' test driver

A script in Python that was written for the test driver of nixpkgs (nixos/lib/test-driver) runs unchanged. This page
lists every public name of that driver. *Yes* means that it does the same; *differs* says how; *no* says why it is not
there. What this driver has besides is in [the reference](reference.md).

Everywhere: durations are ` + "`datetime.timedelta`" + ` or numbers of seconds; paths are ` + "`pathlib.Path`" + ` or texts; a port is a
number or its digits. Failures have upstream's classes, and its words come first in their messages: ` + "`failed (exit code 1)`" + `,
` + "`unexpectedly succeeded`, `action timed out after`, `Polling condition failed: `, `Test \"x\" failed with error`" + `. A wait's error is
also a ` + "`TimeoutError`" + `, a missing file of the host a ` + "`FileNotFoundError`" + `. Scripts can give machines and other objects attributes
of their own; those that the driver knows by itself, such as ` + "`name`" + `, can't be assigned; ` + "`state_dir`" + ` can,
while the machine is off.

`

var compatibilityOwners = []struct{ key, title, class string }{
	{"global", "Names of every script", ""},
	{"Driver", "`driver`", "gotest.Driver"},
	{"Machine", "Machines", "gotest.Machine"},
	{"QMPClient", "`machine.qmp_client`", "gotest.QMPClient"},
	{"Vlan", "Networks", "gotest.Vlan"},
	{"log", "`log`", "type(gotest.log)"},
	{"condition", "Polling conditions", "gotest._bridge.Condition"},
	{"PollingCondition", "`condition` of a polling condition", "gotest._bridge.PollingCondition(print)"},
	{"test_driver", "Modules", ""},
}

// probe says of each line "EXPRESSION NAME" of its input whether the name is there.
const probe = `
import importlib, sys
import gotest

def there(owner, name):
    if owner == "global":
        return name in gotest.__all__ or name == "os"
    if owner != "test_driver":
        return hasattr(eval(owner), name) or name in getattr(eval(owner), "__annotations__", {})
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(["test_driver", *parts[:count]]))
        except ImportError:
            continue
        for part in parts[count:]:
            found = getattr(found, part, None)
        return found is not None
    return False

for line in sys.stdin:
    print(there(*line.rsplit(None, 1)))
`

// TestCompatibility: the page on compatibility says what is there, and has all that the Python driver's names are declared for.
func TestCompatibility(t *testing.T) {
	table, err := os.ReadFile("testdata/compatibility.txt")
	if err != nil {
		t.Fatal(err)
	}
	type row struct{ owner, names, how, note string }
	var rows []row
	listed := map[string]bool{}
	var questions, expected []string
	for _, line := range strings.Split(string(table), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) < 4 {
			t.Fatalf("%q: want owner | names | how | note", line)
		}
		r := row{strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1]), strings.TrimSpace(parts[2]), strings.TrimSpace(strings.Join(parts[3:], "|"))}
		if !slices.Contains([]string{"yes", "differs", "no"}, r.how) || r.how != "yes" && r.note == "" {
			t.Errorf("%q: want yes, or differs or no with a note", line)
		}
		rows = append(rows, r)
		for _, name := range strings.Fields(r.names) {
			listed[r.owner+"."+name] = true
			expr := r.owner
			for _, o := range compatibilityOwners {
				if o.key == r.owner && o.class != "" {
					expr = o.class
				}
			}
			questions = append(questions, expr+" "+name)
			expected = append(expected, r.how)
		}
	}
	cmd := exec.Command(os.Getenv("GOTEST_PYTHON"), "-c", probe)
	cmd.Env = append(os.Environ(), "PYTHONPATH=.", "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = strings.NewReader(strings.Join(questions, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, answer := range strings.Fields(string(out)) {
		if (answer == "True") != (expected[i] != "no") {
			t.Errorf("%s: the table says %s, and whether it is there is %s", questions[i], expected[i], answer)
		}
	}

	// All that is declared and no extension is a name of the Python driver. Attributes can't be marked.
	ours := map[string]bool{"Driver.matrix": true}
	decl := api.Load()
	want := func(owner, name string) {
		if !listed[owner+"."+name] {
			t.Errorf("%s.%s is declared and not in the table; a call that the Python driver lacks is marked # @extension", owner, name)
		}
	}
	for _, owner := range []string{"Driver", "Machine", "QMPClient"} {
		class := decl.Class(owner)
		for _, a := range class.Attributes {
			if !ours[owner+"."+a.Name] {
				want(owner, a.Name)
			}
		}
		for _, m := range class.Methods {
			if !m.Extension {
				want(owner, m.Name)
			}
		}
	}
	for _, f := range decl.Functions {
		if !f.Extension {
			want("global", f.Name)
		}
	}
	for _, f := range decl.Module("log").Functions {
		want("log", f.Name)
	}

	var page strings.Builder
	page.WriteString(compatibilityHead)
	for _, o := range compatibilityOwners {
		fmt.Fprintf(&page, "## %s\n\n| | | |\n|---|---|---|\n", o.title)
		for _, r := range rows {
			if r.owner == o.key {
				names := strings.Fields(r.names)
				if o.key == "test_driver" {
					for i := range names {
						names[i] = "test_driver." + names[i]
					}
				}
				fmt.Fprintf(&page, "| `%s` | %s | %s |\n", strings.Join(names, "`, `"), r.how, r.note)
			}
		}
		page.WriteString("\n")
	}
	text := strings.TrimRight(page.String(), "\n") + "\n"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(compatibilityPage, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(compatibilityPage); err != nil || string(have) != text {
		t.Errorf("docs/compatibility.md is not what the table says (%v): run UPDATE=1 go test -run TestCompatibility ./cmd/gotest-driver/internal/python/bridge", err)
	}
}
