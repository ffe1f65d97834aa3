package qcow2

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRead reads what qemu-img and qemu-io have written: compressed clusters, zeros, chains of backing files, clusters of any
// size, both versions.
func TestRead(t *testing.T) {
	const size = 3<<20 + 1536
	want := make([]byte, size)
	r := rand.New(rand.NewPCG(1, 2))
	for at := 0; at < size; at += 64 << 10 { // a third is noise, a third repeats itself, a third is zeros
		part := want[at:min(at+64<<10, size)]
		for i := range part {
			switch at >> 16 % 3 {
			case 0:
				part[i] = byte(r.Uint32())
			case 1:
				part[i] = byte(i / 7)
			}
		}
	}
	dir := t.TempDir()
	raw := filepath.Join(dir, "raw")
	if err := os.WriteFile(raw, want, 0o600); err != nil {
		t.Fatal(err)
	}
	convert := func(name string, args ...string) string {
		to := filepath.Join(dir, name)
		qemuImg(t, append(append([]string{"convert", "-f", "raw", "-O", "qcow2"}, args...), raw, to)...)
		return to
	}
	small := convert("small", "-o", "cluster_size=512,compat=0.10")
	packed := convert("packed", "-c", "-o", "cluster_size=2M")
	overlay, second := filepath.Join(dir, "overlay"), filepath.Join(dir, "second")
	if err := errors.Join(Create(overlay, convert("compressed", "-c"), 0), Create(second, overlay, 0)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{raw, small, packed, second} {
		m, got, err := Open(path)
		if err != nil {
			t.Fatal(path, err)
		}
		if got != size {
			t.Errorf("%s has %d bytes", path, got)
		}
		all := make([]byte, size+100)
		if n, err := m.ReadAt(all, 0); n != size || err != io.EOF || !bytes.Equal(all[:size], want) {
			t.Errorf("%s reads %d bytes (%v), equal: %v", path, n, err, bytes.Equal(all[:size], want))
		}
		for range 200 {
			at := r.IntN(size)
			part := make([]byte, r.IntN(min(200000, size-at)))
			if n, err := m.ReadAt(part, int64(at)); n != len(part) || err != nil || !bytes.Equal(part, want[at:at+len(part)]) {
				t.Fatalf("%s: %d bytes at %d: %v", path, len(part), at, err)
			}
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestReadNoImage: what can't be read is told, with its reason.
func TestReadNoImage(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, change func(b []byte)) string {
		to := filepath.Join(dir, name)
		qemuImg(t, "create", "-q", "-f", "qcow2", to, "1M")
		b, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		change(b)
		if err := os.WriteFile(to, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return to
	}
	loop := filepath.Join(dir, "loop")
	for path, want := range map[string]string{
		file("version", func(b []byte) { b[7] = 9 }):    "version 9",
		file("encrypted", func(b []byte) { b[35] = 1 }): "is encrypted",
		file("features", func(b []byte) { b[79] = 4 }):  "features of qcow2",
		file("clusters", func(b []byte) { b[23] = 60 }): "clusters of 2^60",
		file("l1", func(b []byte) { b[39] = 0 }):        "L1 table of 0 entries",
		file("loop", func(b []byte) {
			copy(b[8:], "\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00")
			b[19] = byte(len(loop))
			copy(b[0x1000:], loop)
		}): "backing files behind it",
		filepath.Join(dir, "none"): "no such file",
	} {
		if _, _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}
