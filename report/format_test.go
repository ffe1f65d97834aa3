package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every row of the table makes a sink that writes what the row says.
func TestFormats(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var outputs []Output
	for _, x := range Formats() {
		if x.Flag == "" && x.Default == "" {
			t.Errorf("%s: neither a flag nor a default names its file", x.Name)
		}
		if len(x.Commands) > 0 != (x.Flag != "") {
			t.Errorf("%s: the flag %q on the commands %q", x.Name, x.Flag, x.Commands)
		}
		file := x.Default
		if file == "" {
			file = x.Flag
		}
		outputs = append(outputs, Output{Format: x, Path: filepath.Join(dir, file), OnlyFailed: x.Default != ""})
	}
	sinks, err := Open(outputs)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLog(nil, sinks...)
	l.Emit(t.Context(), Event{Kind: RunStart, Text: "name-of-the-test"})
	l.Emit(t.Context(), Event{Kind: Failure, Failure: &FailureInfo{Message: "x"}})
	l.Emit(t.Context(), Event{Kind: RunEnd, Status: Failed})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, o := range outputs {
		if b, err := os.ReadFile(o.Path); err != nil || len(b) == 0 {
			t.Errorf("%s: %d bytes, %v", o.Format.Name, len(b), err)
		}
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range Reports(outputs) {
		if !bytes.Contains(index, []byte(filepath.Base(path))) {
			t.Errorf("the index does not list %s", path)
		}
	}
}

func TestOpenRefusesTheSameFileTwice(t *testing.T) {
	dir := t.TempDir()
	var outputs []Output
	for _, x := range Formats()[:2] {
		outputs = append(outputs, Output{Format: x, Path: filepath.Join(dir, "a")})
	}
	if _, err := Open(outputs); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "a")) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
