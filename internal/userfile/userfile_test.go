package userfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.WriteFile(at("file"), []byte("text"), 0o600), os.Symlink("file", at("link")), os.Mkdir(at("dir"), 0o700), syscall.Mkfifo(at("pipe"), 0o600)); err != nil {
		t.Fatal(err)
	}
	large, err := os.Create(at("large"))
	if err == nil {
		err = errors.Join(large.Truncate(Max+1), large.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{at("file"): "text", at("link"): "text", os.DevNull: ""} {
		if b, err := Read(t.Context(), path); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	for path, want := range map[string]string{
		at("dir"): "is a directory, not a file", at("pipe"): "is a named pipe, not a file", "/dev/zero": "is a device, not a file", at("large"): "is larger than 64 MB",
	} {
		if b, err := Read(t.Context(), path); err == nil || err.Error() != path+" "+want || b != nil {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
		}
	}
	if _, err := Read(t.Context(), at("none")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), at("none")) {
		t.Errorf("%v", err)
	}
	l, err := net.Listen("unix", at("s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Read(t.Context(), at("s")); err == nil || !strings.Contains(err.Error(), at("s")) {
		t.Errorf("%v", err)
	}
}

// TestReadInherited: the shell's <(command) is such a pipe, which may be slow or endless.
func TestReadInherited(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	go func() {
		_, _ = w.WriteString("text")
		_ = w.Close()
	}()
	if b, err := Read(t.Context(), path); err != nil || string(b) != "text" {
		t.Errorf("%q, %v", b, err)
	}

	silent, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	defer held.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("it is over")
	cancel(why)
	if _, err := Read(ctx, fmt.Sprintf("/dev/fd/%d", silent.Fd())); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
}
