package sockpath

import (
	"errors"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The limit is exactly the kernel's.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	for n, ok := range map[int]bool{Max: true, Max + 1: false} {
		if len(dir)+2 > Max {
			t.Skip("the temporary directory has too long a path itself")
		}
		path := filepath.Join(dir, strings.Repeat("x", n-len(dir)-1))
		l, err := net.Listen("unix", path)
		if err == nil {
			l.Close()
		}
		if got := err == nil; got != ok || !ok && !errors.Is(err, syscall.EINVAL) {
			t.Errorf("a socket with a path of %d bytes: %v", n, err)
		}
		if err := Check(path, 0); (err == nil) != ok {
			t.Errorf("%d bytes: %v", n, err)
		}
		if err := Check(dir, n-len(dir)); (err == nil) != ok {
			t.Errorf("%d bytes in all: %v", n, err)
		}
	}
}
