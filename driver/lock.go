package driver

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockDir takes the lock of a directory of kept state for as long as the file is open.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another run of this test uses the kept state in %s", dir)
	}
	return f, nil
}
