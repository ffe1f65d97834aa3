package filetree

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzUnpack: no archive changes anything outside of its directory.
func FuzzUnpack(f *testing.F) {
	archive := func(entries ...tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range entries {
			h.Mode = 0o4755
			if h.Typeflag == tar.TypeReg {
				h.Size = 4
			}
			if err := w.WriteHeader(&h); err != nil {
				f.Fatal(err)
			}
			if h.Size > 0 {
				if _, err := w.Write([]byte("evil")); err != nil {
					f.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	link := tar.Header{Typeflag: tar.TypeSymlink, Name: "l", Linkname: "../outside"}
	for _, a := range [][]byte{
		archive(link, tar.Header{Typeflag: tar.TypeReg, Name: "l/file"}),
		archive(link, tar.Header{Typeflag: tar.TypeDir, Name: "l/"}, tar.Header{Typeflag: tar.TypeDir, Name: "."}),
		archive(tar.Header{Typeflag: tar.TypeLink, Name: "h", Linkname: "../outside/file"}),
		archive(tar.Header{Typeflag: tar.TypeReg, Name: "../outside/new"}, tar.Header{Typeflag: tar.TypeFifo, Name: "p"}),
		archive(tar.Header{Typeflag: tar.TypeReg, Name: "a/b"}, tar.Header{Typeflag: tar.TypeLink, Name: "a/c", Linkname: "a/b"}, tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/"}),
	} {
		f.Add(a, []byte{})
		f.Add(a, a)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		top := t.TempDir()
		outside := filepath.Join(top, "outside")
		if err := os.Mkdir(outside, 0o755); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(outside, "file")
		if err := os.WriteFile(file, []byte("good"), 0o644); err != nil {
			t.Fatal(err)
		}
		dir := openRoot(t, top)
		for _, a := range [][]byte{first, second} {
			_, _ = Unpack(t.Context(), bytes.NewReader(a), dir, "inside")
			_ = UnpackFile(t.Context(), bytes.NewReader(a), dir, "single")
		}
		for path, mode := range map[string]os.FileMode{outside: os.ModeDir | 0o755, file: 0o644} {
			if st, err := os.Lstat(path); err != nil || st.Mode() != mode {
				t.Errorf("%s: %v, %v", path, st, err)
			}
		}
		if b, err := os.ReadFile(file); string(b) != "good" {
			t.Errorf("the file outside has %q, %v", b, err)
		}
		for where, most := range map[string]int{outside: 1, top: 3} {
			if names, err := os.ReadDir(where); err != nil || len(names) > most {
				t.Errorf("%s has %v, %v", where, names, err)
			}
		}
	})
}
