// Package conformance_test checks that the scripts beside it call everything that a test script can call, and runs
// them on real guests.
package conformance_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
	"github.com/gotest-driver/gotest-driver/internal/testlog"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/check"
)

func scripts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.star")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	return files
}

// declared are the functions of the driver's own API.
func declared(a *api.API) []*api.Function {
	fs := slices.Clone(a.Functions)
	for _, c := range a.Classes {
		fs = append(fs, c.Methods...)
	}
	for _, m := range a.Modules {
		fs = append(fs, m.Functions...)
		if m.Call != nil {
			fs = append(fs, m.Call)
		}
	}
	// for _ in value: calls it without naming it.
	return slices.DeleteFunc(fs, func(f *api.Function) bool { return f.Name == "__iter__" })
}

// TestEveryCall compares the scripts' calls with the declarations: each function is called, and each that can fail
// is also called in a place where the script expects its failure.
func TestEveryCall(t *testing.T) {
	called, failing := map[string]bool{}, map[string]bool{}
	for _, file := range scripts(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := check.NewConfig(file, "", nil, "")
		if err != nil {
			t.Fatal(err)
		}
		result := check.Analyse(t.Context(), cfg, file, src)
		for _, f := range result.Findings {
			t.Errorf("%s: %s", file, f.Short())
		}
		calls := result.Calls()
		for _, c := range calls {
			name := c.Function.FullName()
			called[name] = true
			failing[name] = failing[name] || slices.ContainsFunc(calls, func(o check.Call) bool {
				expects := o.Function.FullName()
				return (expects == "assert.fails" || expects == "t.assertRaises") &&
					o.Range.Start < c.Range.Start && c.Range.End < o.Range.End
			})
		}
	}
	known := map[string]bool{}
	for _, f := range declared(api.Load()) {
		name := f.FullName()
		known[name] = true
		if !called[name] {
			t.Errorf("no script calls %s", name)
		}
		if _, never := neverFails[name]; !failing[name] && !never {
			t.Errorf("no script shows how %s fails", name)
		}
	}
	for name := range neverFails {
		if !known[name] {
			t.Errorf("neverFails has %s, which is not declared", name)
		}
		if failing[name] {
			t.Errorf("neverFails has %s, whose failure a script shows", name)
		}
	}
}

// TestScripts runs the scripts one after the other: each boots its guests itself. Some also run on a container.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	binary := buildtest.Driver(t)
	for _, file := range scripts(t) {
		name := strings.TrimSuffix(file, ".star")
		t.Run(name, func(t *testing.T) { runFile(t, binary, file, german()...) })
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(src), containerVariable) {
			t.Run(name+"/container", func(t *testing.T) {
				if os.Getuid() != 0 {
					t.Skip("containers need root")
				}
				runFile(t, binary, file, containerVariable+"=container")
			})
		}
		if file == "network.star" {
			t.Run(name+"/hub", func(t *testing.T) { runFile(t, binary, file, "GOTEST_NET=hub") })
		}
	}
}

// german returns the environment variable that makes a script read German text, where Tesseract has the data.
func german() []string {
	list, err := exec.Command("tesseract", "--list-langs").CombinedOutput()
	if err != nil || !slices.Contains(strings.Fields(string(list)), "deu") {
		return nil
	}
	return []string{"CONFORMANCE_OCR=deu"}
}

// containerVariable is the environment variable that makes a script use a container instead of a guest.
const containerVariable = "CONFORMANCE_CONTAINER"

// runFile runs a script with further environment variables.
func runFile(t *testing.T, binary, file string, env ...string) {
	if os.Getuid() != 0 && file == "container.star" {
		t.Skip("containers need root")
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), binary, "run", "--plain", "--global-timeout", fmt.Sprint(scriptSeconds), "-o", dir, file)
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	memory := watchMemory(cmd.Process.Pid)
	err := cmd.Wait()
	peak := memory()
	if err != nil {
		t.Fatalf("%v\n%s", err, testlog.Brief(out.String()))
	}
	if want := logged[file]; !strings.Contains(out.String(), want) {
		t.Errorf("the log has no %q:\n%s", want, testlog.Brief(out.String()))
	}
	if f := after[file]; f != nil {
		f(t, result{dir: dir, log: out.String(), peak: peak})
	}
}

// logged has the texts that the log of a script must contain.
var logged = map[string]string{
	"language.star": "the password is ***",
	"commands.star": "a process that it left behind holds its standard output (sleep(",
	"systemd.star":  "systemd has restarted it",
	"qemu.star":     "no machine has an SSH backdoor",
}

// scriptSeconds bounds a script: on a loaded machine without KVM a guest may take minutes to boot.
const scriptSeconds = 900

// neverFails are the functions that no argument of the right type makes fail, and why.
var neverFails = map[string]string{
	"serial_stdout_on": "a switch", "serial_stdout_off": "a switch",
	"Machine.is_up": "a question", "Machine.get_console_log": "what was printed stays readable",
	"Machine.release": "an end that nothing can refuse",
	"Disk.heal":       "ends what there is",
	"Match.groups":    "has no choice", "Match.groupdict": "has no choice",
	"Pattern.search": "any text will do", "Pattern.match": "any text will do", "Pattern.fullmatch": "any text will do",
	"Pattern.findall": "any text will do", "Pattern.finditer": "any text will do", "Pattern.split": "any text will do",
	"base64.b64encode": "any bytes will do", "base64.urlsafe_b64encode": "any bytes will do",
	"debug.breakpoint": "passed over where nobody debugs", "dump_machine_ssh": "a warning says what is missing",
	"os.getenv": "has a default",
	"log.debug": "any text will do", "log.info": "any text will do", "log.warning": "any text will do",
	"log.log": "any text will do", "log.nested": "any text will do",
	"random.random": "has no choice", "random.uniform": "any numbers will do", "random.seed": "any seed will do",
	"random.shuffle": "any list will do", "re.escape": "any text will do",
	"shlex.quote": "any text will do", "shlex.join": "any words will do",
	"skip": "is no failure", "t.skipTest": "is no failure",
	"Vlan.stop_capture": "stops what there is",
}
