package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk is a directory that holds few bytes.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("can't mount a small disk: ", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func fillDisk(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

// files are the formats whose file a user names.
func files() []Format {
	return slices.DeleteFunc(Formats(), func(x Format) bool { return x.Flag == "" })
}

// Old reports stay when the disk has no room for new ones.
func TestFullDiskKeepsOldReports(t *testing.T) {
	dir := smallDisk(t)
	for _, x := range files() {
		if err := os.WriteFile(filepath.Join(dir, x.Flag), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	free := fillDisk(t, dir)
	before := names(t, dir)
	for _, x := range files() {
		path := filepath.Join(dir, x.Flag)
		s, err := x.Create(Output{Path: path})
		if err == nil {
			s.Handle(Event{Kind: RunStart, Text: "x"})
			err = s.Close()
		}
		if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp") {
			t.Errorf("%s: %v", x.Name, err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "old" {
			t.Errorf("%s is %q, %v", x.Name, b, err)
		}
	}
	if after := names(t, dir); after != before {
		t.Errorf("%s, were %s", after, before)
	}
	free()
	for _, x := range files() {
		path := filepath.Join(dir, x.Flag)
		j, err := NewJUnit(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 || st.Size() < 10 {
			t.Errorf("%s: %v, %v", x.Flag, st, err)
		}
	}
}

// A disk that gets full during the run leaves complete documents and whole lines.
func TestDiskFillsUp(t *testing.T) {
	dir := smallDisk(t)
	var outputs []Output
	growing := []string{"junit-xml", "log-json", "xml"}
	for _, x := range files() {
		if slices.Contains(growing, x.Flag) {
			outputs = append(outputs, Output{Format: x, Path: filepath.Join(dir, x.Flag)})
		}
	}
	sinks, err := Open(outputs)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLog(nil, sinks...)
	for i := range 2000 {
		ctx, s := l.Begin(t.Context(), Entry{Action: ActionSubtest, Text: fmt.Sprint("part ", i)})
		l.Logf(ctx, Info, "%s", strings.Repeat("some text ", 10))
		s.End(nil)
	}
	err = l.Close()
	if !errors.Is(err, unix.ENOSPC) {
		t.Errorf("%v", err)
	}
	for _, path := range []string{"junit-xml", "xml"} {
		if text := wellFormed(t, filepath.Join(dir, path)); !strings.Contains(text, "some text") {
			t.Errorf("%s has nothing of the run", path)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "log-json"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(b, []byte("\n"))
	if len(lines) < 100 || len(lines[len(lines)-1]) > 0 {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
	for _, line := range lines[:len(lines)-1] {
		if !json.Valid(line) {
			t.Errorf("%q", line)
		}
	}
	if got := names(t, dir); got != strings.Join(growing, " ") {
		t.Error(got)
	}
}
