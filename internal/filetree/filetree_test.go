package filetree

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// makeTree makes a tree with what copying gets wrong: odd names, empty files, links, modes.
func makeTree(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "src")
	for _, d := range []string{"", "empty dir", "sub"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range treeFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content(name)), 0o600); err != nil {
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

var longName = "sub/" + strings.Repeat("Grüße", 30)

var treeFiles = map[string]fs.FileMode{"it's": 0o644, "two\nlines": 0o600, "sub/run me": 0o755, "empty": 0o444, longName: 0o644}

func content(name string) string {
	if name == "empty" {
		return ""
	}
	return name
}

func checkTree(t *testing.T, dir string) {
	t.Helper()
	for name, mode := range treeFiles {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil || st.Mode() != mode {
			t.Errorf("%q: %v, %v, want mode %v", name, st, err, mode)
		}
		if b, err := os.ReadFile(filepath.Join(dir, name)); string(b) != content(name) || err != nil {
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

func openRoot(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// TestTree: what Send writes for a directory is what Unpack reads.
func TestTree(t *testing.T) {
	s, err := Open(t.Context(), makeTree(t))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Dir || len(s.Files) > 0 || len(s.Skipped) > 0 {
		t.Errorf("%+v", s)
	}
	root := openRoot(t, t.TempDir())
	for range 2 { // the second time over what is there
		var b bytes.Buffer
		if _, err := s.Send(t.Context(), &b, "x"); err != nil {
			t.Fatal(err)
		}
		if skipped, err := Unpack(t.Context(), &b, root, "dst"); err != nil || len(skipped) > 0 {
			t.Fatal(skipped, err)
		}
		checkTree(t, filepath.Join(root.Name(), "dst/x"))
	}
}

// archive makes an archive.
func archive(t *testing.T, list ...tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	for _, h := range list {
		h.Size = 0
		if h.Typeflag == tar.TypeReg {
			h.Size = 4
		}
		if err := tw.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := tw.Write([]byte("evil")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// TestUnpackStaysInside: no archive reaches anything but its own directory.
func TestUnpackStaysInside(t *testing.T) {
	for name, list := range map[string][]tar.Header{
		"parent":                       {{Name: "../file", Typeflag: tar.TypeReg, Mode: 0o644}},
		"root":                         {{Name: "/file", Typeflag: tar.TypeReg, Mode: 0o644}},
		"link out":                     {{Name: "out", Linkname: "..", Typeflag: tar.TypeSymlink}, {Name: "out/file", Typeflag: tar.TypeReg, Mode: 0o644}},
		"link to a directory":          {{Name: "out", Linkname: "../beside", Typeflag: tar.TypeSymlink}, {Name: "out/file", Typeflag: tar.TypeReg, Mode: 0o644}},
		"link within":                  {{Name: "a/"}, {Name: "out", Linkname: "a", Typeflag: tar.TypeSymlink}, {Name: "out/file", Typeflag: tar.TypeReg, Mode: 0o644}},
		"hard link out":                {{Name: "hard", Linkname: "../file", Typeflag: tar.TypeLink}},
		"hard link by a link":          {{Name: "out", Linkname: "../beside", Typeflag: tar.TypeSymlink}, {Name: "hard", Linkname: "out/file", Typeflag: tar.TypeLink}},
		"directory by a link":          {{Name: "out", Linkname: "../beside", Typeflag: tar.TypeSymlink}, {Name: "out/new/", Typeflag: tar.TypeDir, Mode: 0o755}},
		"mode of a directory by links": {{Name: "out", Linkname: "..", Typeflag: tar.TypeSymlink}, {Name: "out/beside/", Typeflag: tar.TypeDir, Mode: 0o777}},
	} {
		t.Run(name, func(t *testing.T) {
			root := openRoot(t, t.TempDir())
			if err := root.Mkdir("beside", 0o700); err != nil {
				t.Fatal(err)
			}
			for _, p := range []string{"file", "beside/file"} {
				if err := root.WriteFile(p, []byte("as it was"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := Unpack(t.Context(), archive(t, list...), root, "in"); err == nil {
				t.Error("unpacked")
			}
			for _, p := range []string{"file", "beside/file"} {
				st, err := root.Stat(p)
				if b, _ := root.ReadFile(p); err != nil || string(b) != "as it was" || st.Mode() != 0o600 {
					t.Errorf("%s: %q, %v, %v", p, b, st, err)
				}
			}
			if st, err := root.Stat("beside"); err != nil || st.Mode().Perm() != 0o700 {
				t.Errorf("the directory beside it: %v, %v", st, err)
			}
			if entries, err := os.ReadDir(filepath.Join(root.Name(), "beside")); err != nil || len(entries) != 1 {
				t.Errorf("beside it are %v, %v", entries, err)
			}
		})
	}
}

// TestUnpackReplacesLinks: a link where a directory or a file is to be is replaced, and so is the directory's own name.
func TestUnpackReplacesLinks(t *testing.T) {
	root := openRoot(t, t.TempDir())
	for _, d := range []string{"victim", "in"} {
		if err := root.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"in/dir": "../victim", "in/new": "../victim/new", "top": "victim"} {
		if err := root.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"in", "top"} {
		list := []tar.Header{{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755}, {Name: "dir/", Typeflag: tar.TypeDir, Mode: 0o755},
			{Name: "dir/new", Typeflag: tar.TypeReg, Mode: 0o644}, {Name: "new", Typeflag: tar.TypeReg, Mode: 0o644}}
		if _, err := Unpack(t.Context(), archive(t, list...), root, name); err != nil {
			t.Error(err)
		}
		for _, p := range []string{"/new", "/dir/new"} {
			if b, err := root.ReadFile(name + p); string(b) != "evil" {
				t.Errorf("%s is %q, %v", name+p, b, err)
			}
		}
	}
	if entries, err := os.ReadDir(filepath.Join(root.Name(), "victim")); err != nil || len(entries) > 0 {
		t.Errorf("where the links led to are %v, %v", entries, err)
	}
}

// TestUnpackRace: while somebody swaps directories for links and back, nothing is written but below the root.
func TestUnpackRace(t *testing.T) {
	outer := t.TempDir()
	for _, d := range []string{"victim", "root"} {
		if err := os.Mkdir(filepath.Join(outer, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	root := openRoot(t, filepath.Join(outer, "root"))
	ctx, stop := context.WithCancel(t.Context())
	swapped := make(chan int)
	go func() {
		n := 0
		for at := filepath.Join(outer, "root/in"); ctx.Err() == nil; n++ {
			for _, p := range []string{at, at + "/dir"} {
				if os.RemoveAll(p) == nil {
					os.Symlink(filepath.Join(outer, "victim"), p)
				}
			}
		}
		swapped <- n
	}()
	list := []tar.Header{{Name: "dir/", Typeflag: tar.TypeDir, Mode: 0o755}, {Name: "dir/new", Typeflag: tar.TypeReg, Mode: 0o644},
		{Name: "new", Typeflag: tar.TypeReg, Mode: 0o644}, {Name: "link", Linkname: "new", Typeflag: tar.TypeLink}}
	for range 300 {
		Unpack(ctx, archive(t, list...), root, "in") // fails or not
	}
	stop()
	if n := <-swapped; n == 0 {
		t.Error("nothing was swapped")
	}
	// What the swapping itself has made there is called dir.
	filepath.WalkDir(filepath.Join(outer, "victim"), func(p string, d fs.DirEntry, err error) error {
		if name := filepath.Base(p); name != "victim" && name != "dir" {
			t.Errorf("%s was written", p)
		}
		return nil
	})
}

// TestUnpackModes: nothing gets its owner's rights, and special files are left out, as are further names of theirs.
func TestUnpackModes(t *testing.T) {
	root := openRoot(t, t.TempDir())
	skipped, err := Unpack(t.Context(), archive(t,
		tar.Header{Name: "run", Typeflag: tar.TypeReg, Mode: 0o6755}, tar.Header{Name: "d/", Typeflag: tar.TypeDir, Mode: 0o3755},
		tar.Header{Name: "d/pipe", Typeflag: tar.TypeFifo, Mode: 0o644}, tar.Header{Name: "disk", Typeflag: tar.TypeBlock, Mode: 0o644, Devmajor: 8},
		tar.Header{Name: "again", Linkname: "d/pipe", Typeflag: tar.TypeLink}, tar.Header{Name: "more", Linkname: "run", Typeflag: tar.TypeLink}), root, "in")
	if want := []string{"d/pipe", "disk", "again"}; err != nil || !slices.Equal(skipped, want) {
		t.Errorf("left out are %q, %v, want %q", skipped, err, want)
	}
	for name, want := range map[string]fs.FileMode{"run": 0o755, "more": 0o755, "d": 0o755 | fs.ModeDir} {
		if st, err := root.Stat("in/" + name); err != nil || st.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", name, st, err, want)
		}
	}
	for _, name := range []string{"d/pipe", "disk", "again"} {
		if _, err := root.Lstat("in/" + name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text := Skipped(skipped); !strings.Contains(text, "d/pipe, disk, again") || Skipped(nil) != "" {
		t.Errorf("told as %q, and nothing as %q", text, Skipped(nil))
	}
	if text := Skipped(make([]string, 50)); !strings.Contains(text, "30 more") {
		t.Errorf("many are told as %q", text)
	}
}

// brokenFile gives some of a file, and then an error.
type brokenFile struct{ given bool }

func (r *brokenFile) Read(p []byte) (int, error) {
	if r.given {
		return 0, errors.New("it broke")
	}
	r.given = true
	return copy(p, "half a file"), nil
}

// A file that can't be written whole is not there, and what was there before is.
func TestNoHalfFile(t *testing.T) {
	root := openRoot(t, t.TempDir())
	for name, before := range map[string]string{"new": "", "old": "as it was"} {
		if before != "" {
			if err := root.WriteFile(name, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := WriteFile(t.Context(), root, name, 0o644, &brokenFile{}); err == nil || err.Error() != "it broke" {
			t.Errorf("%s: error %v", name, err)
		}
	}
	entries, err := os.ReadDir(root.Name())
	if err != nil || len(entries) != 1 {
		t.Errorf("left are %v (%v), want the old file alone", entries, err)
	}
	if b, err := root.ReadFile("old"); string(b) != "as it was" {
		t.Errorf("the old file holds %q (%v)", b, err)
	}
}
