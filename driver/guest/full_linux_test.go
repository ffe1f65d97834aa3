package guest

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestFullCache: a build on a full file system ends, although its programs would try again, and says why.
func TestFullCache(t *testing.T) {
	opts, runs := fake(t, goodPart, `dd if=/dev/zero of="$OUT/disk" bs=64k 2>&1 || :; exec sleep 1000`)
	if err := os.Mkdir(opts.CacheDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", opts.CacheDir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("no file system can be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(opts.CacheDir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	_, err := Ensure(t.Context(), "one", opts)
	var failed *BuildError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), opts.CacheDir) || !strings.Contains(err.Error(), "is full") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error is %v", err)
	}
	if left := leftovers(t, opts); left != nil {
		t.Errorf("left: %q", left)
	}
	wantRuns(t, runs, 1, 1)
}
