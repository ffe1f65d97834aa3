package driver

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/owner"
	"github.com/gotest-driver/gotest-driver/report"
)

// writableDir makes the output directory if necessary and checks that it can be written to.
func writableDir(dir string) (string, error) {
	if dir == "" {
		dir = "."
	}
	abs, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(abs, 0o755)
	}
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(abs, ".gotest-driver-*"); err == nil {
			f.Close()
			err = os.Remove(f.Name())
		}
	}
	if err != nil {
		return "", fmt.Errorf("the output directory %s can't be written to: %w", dir, err)
	}
	return abs, nil
}

// runtimeDir returns $XDG_RUNTIME_DIR, and whether it is a directory: su, sudo -E and CI systems leave names of others' there.
func runtimeDir() (string, bool) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	st, err := os.Stat(dir)
	return dir, err == nil && st.IsDir()
}

// TempDir returns the directory in which a run makes one of its own: $XDG_RUNTIME_DIR, else $TMPDIR, else the system's.
func TempDir() string {
	if dir, ok := runtimeDir(); ok {
		return dir
	}
	return os.TempDir()
}

// rootsDir is root's $XDG_RUNTIME_DIR on hosts with systemd.
const rootsDir = "/run/user/0"

// tmpDir returns the path of the run's directory. QEMU of root's runs, as another user, must be able to enter it.
func tmpDir() string {
	base := TempDir()
	if base == rootsDir && closedTo(base) != "" {
		base = os.TempDir()
	}
	return filepath.Join(base, "gotest-"+strings.ToLower(rand.Text()[:10]))
}

// Dir returns the run's temporary directory. It is made when it is first needed: a run without machines leaves nothing to
// clean up.
func (d *Driver) Dir() (string, error) { return d.dir() }

// makeDir makes the run's directory, which is fresh.
func (d *Driver) makeDir() (string, error) {
	if dir, ok := runtimeDir(); dir != "" && !ok {
		d.o.Log.Logf(context.Background(), report.Warning, "$XDG_RUNTIME_DIR is %s, which is not a directory: temporary files go to %s", dir, d.tmp)
	}
	if err := d.guard.RemoveDir(d.tmp); err != nil {
		return "", err
	}
	user, err := chooseUser(d.tmp)
	if err != nil {
		return "", err
	}
	d.user.Store(&user)
	if err := os.Mkdir(d.tmp, 0o700); err != nil {
		return "", errors.Join(fmt.Errorf("the temporary directory can't be made: %w", err), d.guard.KeepDir(d.tmp))
	}
	if err := os.Mkdir(d.SharedDir(), 0o700); err != nil {
		return "", err
	}
	return d.tmp, user.own(d.tmp, d.SharedDir())
}

// openKept makes the directory of the kept state of tests of this name, and locks it, so that two runs don't share it.
func (d *Driver) openKept() (err error) {
	dir, err := owner.StateDir()
	for _, name := range []string{"", "kept", fileName(d.o.Name)} { // others must not be able to write to any of them
		if err == nil {
			dir = filepath.Join(dir, name)
			err = owner.MakeDir(dir)
		}
	}
	if err != nil {
		return fmt.Errorf("there is no place for kept state: %w", err)
	}
	d.kept = dir
	d.lock, err = lockDir(dir)
	return err
}

// stateDir returns the state directory of a machine, which is empty unless its state is kept. That of a kept state is a link
// to it, since the paths of sockets must be short.
func (d *Driver) stateDir(mc MachineConfig) (string, error) {
	dir, err := d.Dir()
	if err != nil {
		return "", err
	}
	name := "vm-state-" + fileName(mc.Name)
	dir = filepath.Join(dir, name)
	if !mc.KeepState {
		err = os.RemoveAll(dir)
	}
	if err != nil || d.kept == "" {
		return dir, err
	}
	kept := filepath.Join(d.kept, name)
	if err := owner.MakeDir(kept); err != nil {
		return "", err
	}
	if err := os.Symlink(kept, dir); !errors.Is(err, os.ErrExist) { // a machine made anew: it is there
		return dir, err
	}
	return dir, nil
}

// maxFileName leaves room for the names of sockets below a directory.
const maxFileName = 40

// fileName returns a short file name for any text. Long texts that differ have different names.
func fileName(s string) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, s)
	if len(name) > maxFileName {
		sum := fmt.Sprintf("-%x", sha256.Sum256([]byte(s)))[:9]
		name = name[:maxFileName-len(sum)] + sum
	}
	return cmp.Or(name, "test")
}
