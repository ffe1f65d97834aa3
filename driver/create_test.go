package driver_test

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/config"
)

// newDriver makes a run in a directory for temporary files. It starts nothing.
func newDriver(t *testing.T, tmp string) (*driver.Driver, error) {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", tmp)
	d, err := driver.New(t.Context(), driver.Options{OutDir: t.TempDir()})
	if err == nil {
		t.Cleanup(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return d, err
}

// Names that differ only at the end, or in characters that a file name can't have, share no state.
func TestStateDirectories(t *testing.T) {
	d, err := newDriver(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 60)
	seen := map[string]string{}
	for _, name := range []string{long, long + "1", long + "2", "short"} {
		m, err := d.CreateMachine(t.Context(), driver.MachineConfig{Name: name, StartScript: "true"})
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[m.StateDir()]; twice {
			t.Errorf("%s and %s have the same state directory", name, other)
		}
		seen[m.StateDir()] = name
		if n := len(filepath.Base(m.StateDir())); n > 50 {
			t.Errorf("the state directory of %s has a name of %d bytes, which leaves too little room for sockets", name, n)
		}
	}
}

func TestTooManyMachinesForANetwork(t *testing.T) {
	d, err := newDriver(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 254 {
		if _, err := d.CreateMachine(t.Context(), driver.MachineConfig{Name: "m" + strconv.Itoa(n), StartScript: "true"}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.CreateMachine(t.Context(), driver.MachineConfig{Name: "last", Image: "disk.img", VLANs: []int{1}})
	if err == nil || !strings.Contains(err.Error(), "machine last") || !strings.Contains(err.Error(), "254") {
		t.Errorf("error %v, want one that names the machine and the limit", err)
	}
}

// A run without machines makes no directory, and starts no process to clean up.
func TestNothingIsMadeBeforeItIsNeeded(t *testing.T) {
	tmp := t.TempDir()
	d, err := newDriver(t, tmp)
	if err != nil {
		t.Fatal(err)
	}
	children := func() string {
		// The guard is started by a thread of this process.
		files, _ := filepath.Glob("/proc/self/task/*/children")
		all := ""
		for _, f := range files {
			b, _ := os.ReadFile(f) // that thread may have ended
			all += string(b)
		}
		return all
	}
	entries := func() int {
		t.Helper()
		list, err := os.ReadDir(tmp)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n, c := entries(), children(); n != 0 || c != "" {
		t.Errorf("there are %d directories and the processes %q before there is a machine", n, c)
	}
	if _, err := d.CreateMachine(t.Context(), driver.MachineConfig{StartScript: "true"}); err != nil {
		t.Fatal(err)
	}
	if n, c := entries(), children(); n != 1 || c == "" {
		t.Errorf("there are %d directories and the processes %q, want one and a guard", n, c)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if n := entries(); n != 0 {
		t.Errorf("%d directories are left", n)
	}
}

// The clean-up receives one directory on each line: half a name would be another directory.
func TestTemporaryDirectoryWithLineEnd(t *testing.T) {
	base := t.TempDir()
	mine, others := filepath.Join(base, "a\nb"), filepath.Join(base, "a")
	for _, dir := range []string{mine, others} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d, err := newDriver(t, mine)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateMachine(t.Context(), driver.MachineConfig{StartScript: "true"}); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v, want one that names TMPDIR", err)
	}
	if _, err := os.Stat(others); err != nil {
		t.Errorf("another directory was removed: %v", err)
	}
	if left, err := os.ReadDir(mine); err != nil || len(left) > 0 {
		t.Errorf("left are %v (%v)", left, err)
	}
}

func TestGlobalTimeoutOfEnvironment(t *testing.T) {
	for text, want := range map[string]string{"1.5": "1.5s", "0": "0s", "-1": "", "nan": "", "1e300": "", "x": ""} {
		c, err := config.FromEnv(func(name string) string {
			if name == "globalTimeout" {
				return text
			}
			return ""
		})
		switch {
		case want == "":
			if err == nil || !strings.Contains(err.Error(), "globalTimeout") {
				t.Errorf("%s: error %v, want one that names the variable", text, err)
			}
		case err != nil || c.GlobalTimeout.String() != want:
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
	_, err := config.Parse("c.json", []byte(`{"global_timeout": `+strconv.FormatFloat(math.MaxInt64, 'g', -1, 64)+`}`))
	if err == nil || !strings.Contains(err.Error(), "c.json: global_timeout") {
		t.Errorf("error %v, want one that names file and key", err)
	}
}
