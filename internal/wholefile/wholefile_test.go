package wholefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		b, err := os.ReadFile(file)
		entries, _ := os.ReadDir(dir)
		if err != nil || string(b) != want || len(entries) != 2 {
			t.Errorf("the file has %q (%v), want %q; beside it are %v", b, err, want, entries)
		}
	}
	if err := WriteBytes(file, 0o604, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o604 {
		t.Errorf("its mode is %v (%v)", st.Mode(), err)
	}
	check("one")
	if err := WriteBytes(link, 0o644, []byte("two")); err != nil {
		t.Fatal(err)
	}
	check("two")
	if to, err := os.Readlink(link); err != nil || to != file {
		t.Errorf("the link leads to %q (%v)", to, err)
	}
	failure := errors.New("no more")
	if err := Write(file, 0o644, func(w io.Writer) error {
		fmt.Fprint(w, "half")
		return failure
	}); !errors.Is(err, failure) {
		t.Errorf("a failure gives %v", err)
	}
	check("two")
}

// TestWriteBelow makes the attack: a copy from a guest has put links where the next files of the output directory go. They are
// replaced, or lead nowhere; what is outside stays as it is.
func TestWriteBelow(t *testing.T) {
	top := t.TempDir()
	dir, victim := filepath.Join(top, "out"), filepath.Join(top, "victim")
	plant := func() {
		t.Helper()
		for _, err := range []error{
			os.RemoveAll(top), os.MkdirAll(filepath.Join(dir, "inside"), 0o700), os.Mkdir(victim, 0o700), os.WriteFile(filepath.Join(victim, "file"), []byte("old"), 0o600),
			os.Symlink("../victim/file", filepath.Join(dir, "file")), os.Symlink(victim, filepath.Join(dir, "away")),
			os.Symlink("inside", filepath.Join(dir, "near")), os.Symlink("../victim/new", filepath.Join(dir, "dangling")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	text := func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return err
	}
	for name, written := range map[string]bool{
		"file": true, "dangling": true, "near/file": true, "made/for/it": true, "away/file": false, "away/new": false, "away/sub/new": false, "../victim/new": false,
	} {
		for how, write := range map[string]func() error{
			"WriteBelow": func() error { return WriteBelow(dir, name, 0o644, text) },
			"Create": func() error {
				f, err := Create(dir, filepath.Join(dir, name))
				if err != nil {
					return err
				}
				return errors.Join(text(f), f.Close())
			},
		} {
			if how == "Create" && !filepath.IsLocal(name) { // of a user, who knows where it is
				continue
			}
			plant()
			err := write()
			if (err == nil) != written {
				t.Errorf("%s of %s: %v", how, name, err)
			}
			if err != nil && !strings.Contains(err.Error(), filepath.Join(dir, name)) {
				t.Errorf("%s: the error %q does not name it", how, err)
			}
			if b, err := os.ReadFile(filepath.Join(dir, name)); written && (err != nil || string(b) != "new") {
				t.Errorf("%s of %s: it has %q, %v", how, name, b, err)
			}
			left, err := os.ReadDir(victim)
			b, rerr := os.ReadFile(filepath.Join(victim, "file"))
			if err != nil || rerr != nil || len(left) != 1 || string(b) != "old" {
				t.Errorf("%s of %s: outside there are %v, and the file has %q (%v, %v)", how, name, left, b, err, rerr)
			}
		}
	}
}

// TestNoRegularFile: Write writes to a pipe and does not replace it.
func TestNoRegularFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		b, _ := os.ReadFile(pipe)
		got <- string(b)
	}()
	if err := WriteBytes(pipe, 0o644, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != "text" {
		t.Errorf("the reader got %q", s)
	}
}

// TestFileOfAProcess: Write does not replace the file of redirected standard output.
func TestFileOfAProcess(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "redirected"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := WriteBytes(fmt.Sprintf("/dev/fd/%d", f.Fd()), 0o644, []byte("text")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 10)
	if n, _ := f.ReadAt(b, 0); string(b[:n]) != "text" {
		t.Errorf("the open file has %q", b[:n])
	}
}

func TestOfProcess(t *testing.T) {
	for path, want := range map[string]bool{
		"/dev/stderr": true, "/dev/fd/7": true, "/proc/self/fd/1": true, "/dev/shm/report.html": false, "report.html": false,
	} {
		if OfProcess(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

// TestErrorsNameTheFile: an error names the file, not the temporary one.
func TestErrorsNameTheFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none", "file")
	if err := WriteBytes(missing, 0o644, nil); err == nil || !strings.HasSuffix(err.Error(), missing+": no such file or directory") {
		t.Errorf("a missing directory: %v", err)
	}
	full := filepath.Join(t.TempDir(), "full")
	err := Write(full, 0o644, func(w io.Writer) error {
		return &os.PathError{Op: "write", Path: w.(*os.File).Name(), Err: syscall.ENOSPC}
	})
	if want := "write " + full + ": no space left on device"; err == nil || err.Error() != want {
		t.Errorf("a full disk: %v, want %s", err, want)
	}
}

// A name may be as long as the file system takes it.
func TestLongName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("x", 255))
	if err := WriteBytes(path, 0o600, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "text" {
		t.Errorf("%q, %v", b, err)
	}
}
