package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// What is there stays when the disk has no room for what should take its place.
func TestFullDiskKeepsOldReports(t *testing.T) {
	dir := smallDisk(t)
	all := []string{"junit.xml", "log.jsonl", "log.xml", "report.html"}
	for _, name := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	free := fillDisk(t, dir)
	before := names(t, dir)
	for name, open := range map[string]func(string) (Sink, error){
		"junit.xml":   func(path string) (Sink, error) { return NewJUnit(path) },
		"log.xml":     func(path string) (Sink, error) { return NewXML(path) },
		"log.jsonl":   func(path string) (Sink, error) { return CreateJSONLines(path) },
		"report.html": func(path string) (Sink, error) { return NewHTML(path, HTMLOptions{}) },
	} {
		path := filepath.Join(dir, name)
		s, err := open(path)
		if err == nil {
			s.Handle(Event{Kind: RunStart, Text: "x"})
			err = s.Close()
		}
		if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp") {
			t.Errorf("%s: %v", name, err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "old" {
			t.Errorf("%s is %q, %v", name, b, err)
		}
	}
	if after := names(t, dir); after != before {
		t.Errorf("%s, were %s", after, before)
	}
	free()
	for _, name := range all[:3] {
		path := filepath.Join(dir, name)
		sinks, err := Outputs{JUnit: path}.Sinks()
		if err != nil {
			t.Fatal(err)
		}
		if err := sinks[0].Close(); err != nil {
			t.Error(err)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 || st.Size() < 10 {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
}

// A disk that becomes full during the run leaves whole documents and whole lines.
func TestDiskFillsUp(t *testing.T) {
	dir := smallDisk(t)
	o := Outputs{JUnit: filepath.Join(dir, "junit.xml"), XML: filepath.Join(dir, "log.xml"), JSONLines: filepath.Join(dir, "log.jsonl")}
	sinks, err := o.Sinks()
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
	for _, path := range []string{o.JUnit, o.XML} {
		if text := wellFormed(t, path); !strings.Contains(text, "some text") {
			t.Errorf("%s has nothing of the run", path)
		}
	}
	b, err := os.ReadFile(o.JSONLines)
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
	if got := names(t, dir); got != "junit.xml log.jsonl log.xml" {
		t.Error(got)
	}
}
