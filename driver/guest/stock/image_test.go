package stock_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
)

// diskSize is the size of the disks below.
const diskSize = 8 << 20

// disk makes a disk image with a partition table (UEFI specification, 5.3) and one partition of that type, in the byte order of
// the table.
func disk(t *testing.T, rootType string, loader bool) []byte {
	t.Helper()
	b := make([]byte, diskSize)
	if loader {
		b[0] = 0xeb
	}
	b[510], b[511] = 0x55, 0xaa
	copy(b[512:], "EFI PART")
	binary.LittleEndian.PutUint64(b[512+32:], diskSize/512-1)
	if _, err := hex.Decode(b[1024:], []byte(rootType)); err != nil {
		t.Fatal(err)
	}
	// Something for qcow2 to keep.
	for at := 1 << 20; at < diskSize; at += 1 << 16 {
		b[at] = 1
	}
	return b
}

const (
	x86Root = "e3bc684fcde8b14d96e7fbcaf984b709" // 4f68bce3-e8cd-4db1-96e7-fbcaf984b709
	armRoot = "45b021b9f01dc341af444c6f280d3fae" // b921b045-1df0-41c3-af44-4c6f280d3fae
)

// TestCheckImage judges images in raw and, by qemu-img, in both kinds of qcow2.
func TestCheckImage(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name string
		disk []byte
		efi  bool
		want string // part of the error; empty: none
	}{
		{"whole", disk(t, x86Root, true), false, ""},
		{"arm", disk(t, armRoot, true), false, "is for aarch64"},
		{"efi", disk(t, x86Root, false), false, "efi = True"},
		{"efi-right", disk(t, x86Root, false), true, ""},
		{"cut", disk(t, x86Root, true)[:diskSize-4096], false, "is not whole"},
		{"none", make([]byte, 4096), false, ""},
	} {
		paths := []string{write(c.name, c.disk)}
		if _, err := exec.LookPath("qemu-img"); err == nil {
			for _, options := range [][]string{nil, {"-c"}} {
				path := paths[0] + strings.Join(options, "") + ".qcow2"
				args := append(append([]string{"convert", "-f", "raw", "-O", "qcow2"}, options...), paths[0], path)
				if out, err := exec.Command("qemu-img", args...).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				paths = append(paths, path)
			}
		}
		for _, path := range paths {
			err := stock.CheckImage(path, "x86_64", c.efi)
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path)) {
				t.Errorf("%s: error %v, want %q", path, err, c.want)
			}
		}
	}
	whole := filepath.Join(dir, "whole.qcow2")
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Skip("needs qemu-img")
	}
	for _, length := range []int{len(b) / 2, 100 << 10, 1000, 50} {
		path := write("truncated.qcow2", b[:length])
		if err := stock.CheckImage(path, "x86_64", false); err == nil || !strings.Contains(err.Error(), "is not whole") {
			t.Errorf("%d of %d bytes: error %v", length, len(b), err)
		}
	}
}

// TestDownload: a download that was cut goes on, a second one needs no server, and another file is refused and not kept.
func TestDownload(t *testing.T) {
	content := bytes.Repeat([]byte("image "), 100_000)
	sum := sha256.Sum256(content)
	want := hex.EncodeToString(sum[:])
	requests, cut := 0, true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if cut {
			cut = false
			w.Header().Set("Content-Length", "600000")
			_, _ = w.Write(content[:100_000])
			return // closes the connection
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	dir := t.TempDir()
	url := server.URL + "/debian.qcow2?x=1"
	var sizes []int64
	get := func(sum string) (string, error) {
		return stock.Download(t.Context(), url, sum, dir, func(n int64) { sizes = append(sizes, n) })
	}
	if _, err := get(want); err == nil {
		t.Fatal("a cut download is no error")
	}
	path, err := get(strings.ToUpper(want))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, content) || filepath.Base(path) != "debian.qcow2" {
		t.Errorf("%s has %d bytes, %v", path, len(b), err)
	}
	if len(sizes) != 2 || sizes[1] >= 600_000 {
		t.Errorf("the downloads had %v bytes: the second does not go on", sizes)
	}
	var other *stock.ChecksumError
	wrong := strings.Repeat("0", 64)
	if _, err := get(wrong); !errors.As(err, &other) || other.Has != want || !strings.Contains(err.Error(), url) {
		t.Errorf("error %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, wrong, "*.part")); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	server.Close()
	if again, err := get(want); err != nil || again != path {
		t.Errorf("%s, %v", again, err)
	}
	if requests != 3 {
		t.Errorf("%d requests", requests)
	}
	if err := stock.Verify(t.Context(), path, want); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stock.Verify(ended, path, want); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
