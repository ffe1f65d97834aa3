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

// tmpBase returns the directory for temporary directories: $XDG_RUNTIME_DIR, else $TMPDIR, else the system's.
func tmpBase() string {
	if dir, ok := runtimeDir(); ok {
		return dir
	}
	return os.TempDir()
}

// tmpDir returns the path of the run's directory. A kept one is named after the test.
func tmpDir(o Options) string {
	if o.KeepState {
		return filepath.Join(tmpBase(), "gotest-keep-"+fileName(o.Name))
	}
	return filepath.Join(tmpBase(), "gotest-"+strings.ToLower(rand.Text()[:10]))
}

// Dir returns the run's temporary directory. It is made when it is first needed: a run without machines leaves nothing to
// clean up.
func (d *Driver) Dir() (string, error) { return d.dir() }

// makeDir makes the run's directory. A kept one is locked, so that two runs don't share it; any other is fresh.
func (d *Driver) makeDir() (string, error) {
	if dir, ok := runtimeDir(); dir != "" && !ok {
		d.o.Log.Logf(context.Background(), report.Warning, "$XDG_RUNTIME_DIR is %s, which is not a directory: temporary files go to %s", dir, d.tmp)
	}
	if d.o.KeepState {
		if err := os.MkdirAll(d.tmp, 0o700); err != nil {
			return "", fmt.Errorf("the directory for kept state can't be made: %w", err)
		}
		var err error
		if d.lock, err = lockDir(d.tmp); err != nil {
			return "", err
		}
	} else {
		if err := d.guard.RemoveDir(d.tmp); err != nil {
			return "", err
		}
		if err := os.Mkdir(d.tmp, 0o700); err != nil {
			return "", errors.Join(fmt.Errorf("the temporary directory can't be made: %w", err), d.guard.KeepDir(d.tmp))
		}
	}
	return d.tmp, os.MkdirAll(d.SharedDir(), 0o700)
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
