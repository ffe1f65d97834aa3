package filetree

import (
	"bytes"
	"os"
	"syscall"
	"testing"
)

// An error names the requested file.
func TestFullDisk(t *testing.T) {
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("can't mount: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
	root, err := os.OpenRoot(small)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	err = WriteFile(t.Context(), root, "copy", 0o644, bytes.NewReader(bytes.Repeat([]byte("x"), 1<<20)))
	if want := "write " + small + "/copy: no space left on device"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if entries, err := os.ReadDir(small); err != nil || len(entries) > 0 {
		t.Errorf("left are %v (%v)", entries, err)
	}
}
