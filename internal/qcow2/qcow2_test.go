package qcow2

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// qemuImg runs qemu-img, which knows the format best.
func qemuImg(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("qemu-img"); err != nil {
		t.Skip("needs qemu-img")
	}
	out, err := exec.Command("qemu-img", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("qemu-img %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestCreate has qemu-img judge overlays over images of different sizes, and overlays over these.
func TestCreate(t *testing.T) {
	for _, size := range []int64{0, 512, 1000, 64 << 10, 512 << 20, 512<<20 + 512, 4 << 30, 3 << 40} {
		dir := t.TempDir()
		raw, first, second := filepath.Join(dir, "raw"), filepath.Join(dir, "first, with a comma"), filepath.Join(dir, "second")
		if err := os.WriteFile(raw, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(raw, size); err != nil {
			t.Skip(err)
		}
		if err := Create(first, raw, 0); err != nil {
			t.Fatal(err)
		}
		if err := Create(second, first, 0); err != nil {
			t.Fatal(err)
		}
		for overlay, want := range map[string][2]string{first: {raw, "raw"}, second: {first, "qcow2"}} {
			qemuImg(t, "check", overlay)
			var info struct {
				Size    int64  `json:"virtual-size"`
				Backing string `json:"backing-filename"`
				Format  string `json:"backing-filename-format"`
			}
			if err := json.Unmarshal([]byte(qemuImg(t, "info", "--output=json", overlay)), &info); err != nil {
				t.Fatal(err)
			}
			if info.Size != (size+511)/512*512 || [2]string{info.Backing, info.Format} != want {
				t.Errorf("%d bytes: %+v, want the backing file %q", size, info, want)
			}
		}
	}
}

// TestCreateWritten: an overlay takes writes, and the rest comes from its backing file.
func TestCreateWritten(t *testing.T) {
	dir := t.TempDir()
	raw, overlay := filepath.Join(dir, "raw"), filepath.Join(dir, "overlay")
	if err := os.WriteFile(raw, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Create(overlay, raw, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("qemu-io"); err != nil {
		t.Skip("needs qemu-io")
	}
	out, err := exec.Command("qemu-io", "-f", "qcow2", "-c", "write -P 7 65536 512", "-c", "read -P 7 65536 512", "-c", "read -P 0 0 65536",
		"-c", "read -P 0 66048 1024", overlay).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	qemuImg(t, "check", overlay)
}

// TestCreateRefuses what can't be a backing file, and a path that is taken.
func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	raw := filepath.Join(dir, "raw")
	if err := os.WriteFile(raw, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, backing := range map[string]string{filepath.Join(dir, "a"): dir, filepath.Join(dir, "b"): filepath.Join(dir, "none"), raw: raw} {
		if err := Create(path, backing, 0); err == nil {
			t.Errorf("Create(%q, %q) is no error", path, backing)
		}
	}
	if Is(raw) || Is(dir) {
		t.Error("a file that is no qcow2 image is one")
	}
}
