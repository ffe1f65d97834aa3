package guest

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// onFullDisk makes the cache a file system of 4 MB.
func onFullDisk(t *testing.T, opts Options) {
	t.Helper()
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
}

// TestFullCache: a build on a full file system ends, although its programs would try again, and says why.
func TestFullCache(t *testing.T) {
	opts, runs := fake(t, goodPart, `dd if=/dev/zero of="$OUT/disk" bs=64k 2>&1 || :; exec sleep 1000`)
	onFullDisk(t, opts)
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

// TestFullCacheInGo: the same for a build without a script.
func TestFullCacheInGo(t *testing.T) {
	m, opts := fakeDebian(t)
	m.Suite("arm64", "bookworm", "", m.Add("linux-image-arm64", "1", "linux-image-1", nil), m.Add("linux-image-1", "1", "", nil),
		m.Add("busybox-static", "1", "", nil), m.Add("bash-static", "1", "", make([]byte, 4<<20)))
	onFullDisk(t, opts)
	_, err := Ensure(t.Context(), "tiny", opts)
	var failed *BuildError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), opts.CacheDir) || !strings.Contains(err.Error(), "is full") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error is %v", err)
	}
	if left := leftovers(t, opts); left != nil {
		t.Errorf("left: %q", left)
	}
}
