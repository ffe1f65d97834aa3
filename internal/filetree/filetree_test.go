package filetree

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// makeTree makes a tree with difficult cases: odd names, empty files, links, modes.
func makeTree(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "src")
	for _, d := range []string{"", "empty dir", "sub"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]os.FileMode{"it's": 0o644, "two\nlines": 0o600, "sub/run me": 0o755, "empty": 0o444} {
		data := []byte(name)
		if name == "empty" {
			data = nil
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("no/such/place", filepath.Join(dir, "sub", "link")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func checkTree(t *testing.T, dir string) {
	t.Helper()
	for name, mode := range map[string]os.FileMode{"it's": 0o644, "two\nlines": 0o600, "sub/run me": 0o755, "empty": 0o444} {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil || st.Mode() != mode {
			t.Errorf("%q: %v, %v, want mode %v", name, st, err, mode)
		}
		want := name
		if name == "empty" {
			want = ""
		}
		if b, err := os.ReadFile(filepath.Join(dir, name)); string(b) != want || err != nil {
			t.Errorf("%q holds %q, %v", name, b, err)
		}
	}
	if st, err := os.Stat(filepath.Join(dir, "empty dir")); err != nil || !st.IsDir() {
		t.Errorf("the empty directory: %v", err)
	}
	if l, err := os.Readlink(filepath.Join(dir, "sub", "link")); l != "no/such/place" {
		t.Errorf("the link leads to %q, %v", l, err)
	}
}

func TestCopy(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "dst")
	src := makeTree(t)
	for range 2 { // the second time over existing files
		if err := Copy(context.Background(), src, dst); err != nil {
			t.Fatal(err)
		}
		checkTree(t, dst)
	}
}

func TestPackUnpack(t *testing.T) {
	var b bytes.Buffer
	if err := Pack(context.Background(), &b, makeTree(t), "x"); err != nil {
		t.Fatal(err)
	}
	dst := t.TempDir()
	if err := Unpack(context.Background(), &b, dst); err != nil {
		t.Fatal(err)
	}
	checkTree(t, filepath.Join(dst, "x"))
}

func TestUnpackStaysInside(t *testing.T) {
	for name, list := range map[string][]tar.Header{
		"parent": {{Name: "../evil", Typeflag: tar.TypeReg, Mode: 0o644}},
		"root":   {{Name: "/evil", Typeflag: tar.TypeReg, Mode: 0o644}},
		"link":   {{Name: "out", Linkname: "..", Typeflag: tar.TypeSymlink}, {Name: "out/evil", Typeflag: tar.TypeReg, Mode: 0o644}},
	} {
		var b bytes.Buffer
		tw := tar.NewWriter(&b)
		for _, h := range list {
			if err := tw.WriteHeader(&h); err != nil {
				t.Fatal(err)
			}
		}
		tw.Close()
		outer := t.TempDir()
		dst := filepath.Join(outer, "in")
		if err := os.Mkdir(dst, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := Unpack(context.Background(), &b, dst); err == nil {
			t.Errorf("%s: unpacked", name)
		}
		if _, err := os.Lstat(filepath.Join(outer, "evil")); err == nil {
			t.Errorf("%s: a file was written outside", name)
		}
	}
}

// brokenFile returns a part of a file, and then an error.
type brokenFile struct{ given bool }

func (r *brokenFile) Read(p []byte) (int, error) {
	if r.given {
		return 0, errors.New("it broke")
	}
	r.given = true
	return copy(p, "half a file"), nil
}

// If a file can't be written completely, the old file stays.
func TestNoHalfFile(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, before := range map[string]string{"new": "", "old": "as it was"} {
		if before != "" {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := writeFile(root, name, 0o644, &brokenFile{}); err == nil || err.Error() != "it broke" {
			t.Errorf("%s: error %v", name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left are %v (%v), want the old file alone", entries, err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "old")); string(b) != "as it was" {
		t.Errorf("the old file holds %q (%v)", b, err)
	}
}
