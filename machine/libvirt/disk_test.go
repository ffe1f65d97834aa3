//go:build linux

package libvirt

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine"
)

// TestUpload: a file with holes arrives byte for byte, is uploaded once, and again when the mark of a whole upload is missing.
func TestUpload(t *testing.T) {
	d := startDaemon(t)
	h := open(t, d.tls())
	defer h.Close()
	file := filepath.Join(t.TempDir(), "disk.img")
	content := make([]byte, 9<<20) // with a hole at the beginning, in the middle and at the end
	copy(content[1<<20:], bytes.Repeat([]byte("data 1\n"), 50_000))
	copy(content[5<<20:], bytes.Repeat([]byte("data 2\n"), 150_000))
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	for pos := 0; pos < len(content); pos += 4096 {
		if block := content[pos : pos+4096]; len(bytes.Trim(block, "\x00")) > 0 {
			if _, err := f.WriteAt(block, int64(pos)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Truncate(int64(len(content))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	uploads := 0
	upload := func() string {
		path, err := h.Upload(t.Context(), file, func(int64) { uploads++ })
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(d.dir, "lib", strings.TrimPrefix(path, "/var/lib/libvirt/"))
	}
	first := upload()
	if got, err := os.ReadFile(first); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the host has %d other bytes, %v", len(got), err)
	}
	if again := upload(); again != first || uploads != 1 {
		t.Errorf("the second upload went to %s, not %s; %d uploads", again, first, uploads)
	}
	marks, err := filepath.Glob(filepath.Join(filepath.Dir(first), "*"+ready+"*"))
	if err != nil || len(marks) != 1 {
		t.Fatalf("the marks are %v, %v", marks, err)
	}
	if err := os.Remove(marks[0]); err != nil {
		t.Fatal(err)
	}
	if again := upload(); again == first || uploads != 2 {
		t.Errorf("an upload without a mark was used: %s, %d uploads", again, uploads)
	}
}

// TestDisk: a guest with a disk boots, writes to it, powers off, and leaves nothing on the host; the image stays as it was.
func TestDisk(t *testing.T) {
	d := startDaemon(t)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	image, err := guest.Ensure(ctx, "debian", guest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, d.unix())
	defer h.Close()
	spec := Spec{Image: image.Disk, Kernel: image.Kernel, Initrd: image.Initrd, Cmdline: strings.Join(image.Cmdline, " "), Memory: image.Memory, Cores: image.Cores}
	m := newMachine(t, &Backend{Host: h, Spec: func() Spec { return spec }})
	if err := m.Start(ctx, machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Succeed(ctx, "test ! -e /root/mine; head -c 5000000 /dev/urandom > /root/mine; sync", 0); err != nil {
		t.Fatal(err)
	}
	if err := m.Shutdown(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if n := domains(t, h); n != 0 {
		t.Errorf("%d domains are left", n)
	}
	files, err := os.ReadDir(filepath.Join(d.dir, "lib/images/gotest-driver"))
	if err != nil || len(files) != 6 {
		t.Errorf("the pool has %d files, want three and their marks: %v, %v", len(files), files, err)
	}
}
