package driver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver"
)

// keeping makes a run that keeps its state, and a machine.
func keeping(t *testing.T) (stateDir string, close func(), err error) {
	t.Helper()
	d, err := driver.New(t.Context(), driver.Options{Name: "web", OutDir: t.TempDir(), KeepState: true})
	if err != nil {
		return "", nil, err
	}
	close = func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	m, err := d.CreateMachine(t.Context(), driver.MachineConfig{Name: "a", StartScript: "true"})
	if err != nil {
		close()
		return "", nil, err
	}
	return m.StateDir(), close, nil
}

// TestKeptState: a machine's state directory has in the next run what it had, and in none at the same time. Nobody else can
// enter it. The directory of the run itself is removed.
func TestKeptState(t *testing.T) {
	home, tmp := t.TempDir(), t.TempDir()
	t.Setenv("XDG_STATE_HOME", home)
	t.Setenv("XDG_RUNTIME_DIR", tmp)
	dir, end, err := keeping(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "disk"), []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := keeping(t); err == nil || !strings.Contains(err.Error(), "another run of this test uses the kept state in "+filepath.Join(home, "gotest-driver/kept/web")) {
		t.Errorf("a second run at the same time: %v", err)
	}
	end()
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	dir, end, err = keeping(t)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	if got, err := os.ReadFile(filepath.Join(dir, "disk")); string(got) != "kept" {
		t.Errorf("the next run has %q, %v", got, err)
	}
	for _, name := range []string{"", "kept", "kept/web", "kept/web/vm-state-a"} {
		if st, err := os.Lstat(filepath.Join(home, "gotest-driver", name)); err != nil || st.Mode() != os.ModeDir|0o700 {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
}

// TestForeignKeptState makes the attack: another user makes the directory of the kept state, with links to where files
// shall be written. Nothing is written there.
func TestForeignKeptState(t *testing.T) {
	for name, c := range map[string]struct {
		plant []string // directories
		link  string   // to the victim's directory
		open  string   // a directory that all can write to
		want  string   // in the error; empty: the run goes on elsewhere
	}{
		"in /tmp":                        {[]string{"tmp/gotest-keep-web"}, "tmp/gotest-keep-web/vm-state-a", "", ""},
		"the state directory is a link":  {nil, "state/gotest-driver", "", "state/gotest-driver is a link or a file"},
		"the test's is a link":           {[]string{"state/gotest-driver/kept"}, "state/gotest-driver/kept/web", "", "kept/web is a link or a file"},
		"the machine's is a link":        {[]string{"state/gotest-driver/kept/web"}, "state/gotest-driver/kept/web/vm-state-a", "", "vm-state-a is a link or a file"},
		"the lock is a link":             {[]string{"state/gotest-driver/kept/web"}, "state/gotest-driver/kept/web/lock", "", "web/lock: too many levels of symbolic links"},
		"all can write to the directory": {[]string{"state/gotest-driver"}, "", "state/gotest-driver", "all users can write"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			at := func(name string) string { return filepath.Join(root, name) }
			for _, dir := range append([]string{"tmp", "state", "victim"}, c.plant...) {
				if err := os.MkdirAll(at(dir), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if c.link != "" {
				target := at("victim")
				if strings.HasSuffix(c.link, "lock") {
					target = at("victim/file")
				}
				if err := os.Symlink(target, at(c.link)); err != nil {
					t.Fatal(err)
				}
			}
			if c.open != "" {
				if err := os.Chmod(at(c.open), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("XDG_STATE_HOME", at("state"))
			t.Setenv("XDG_RUNTIME_DIR", at("tmp"))
			_, end, err := keeping(t)
			if err == nil {
				end()
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if written, err := os.ReadDir(at("victim")); err != nil || len(written) > 0 {
				t.Errorf("written where another user wants: %v, %v", written, err)
			}
		})
	}
}
