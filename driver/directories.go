package driver

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writableDir makes the output directory if need be and proves that it can be written to.
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

// tmpBase is where temporary directories go: $XDG_RUNTIME_DIR, else $TMPDIR, else the system's.
func tmpBase() string { return cmp.Or(os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()) }

// makeTmp makes the run's directory. A kept one is named after the test and locked, so that two runs don't
// share it; any other is fresh.
func (d *Driver) makeTmp() error {
	if !d.o.KeepState {
		var err error
		if d.tmp, err = os.MkdirTemp(tmpBase(), "gotest-"); err != nil {
			return fmt.Errorf("the temporary directory can't be made: %w", err)
		}
		if err := d.guard.RemoveDir(d.tmp); err != nil {
			return errors.Join(err, os.Remove(d.tmp))
		}
	} else {
		d.tmp = filepath.Join(tmpBase(), "gotest-keep-"+fileName(d.o.Name))
		if err := os.MkdirAll(d.tmp, 0o700); err != nil {
			return fmt.Errorf("the directory for kept state can't be made: %w", err)
		}
		var err error
		if d.lock, err = lockDir(d.tmp); err != nil {
			return err
		}
	}
	return os.MkdirAll(d.SharedDir(), 0o700)
}

// maxFileName leaves room for the names of sockets below a directory.
const maxFileName = 40

// fileName makes a short file name of any text. Long texts that differ have names that differ.
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
