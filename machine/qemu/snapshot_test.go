package qemu

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// goodSaved is the description of a snapshot that can be read.
func goodSaved() saved {
	return saved{QEMU: "7.2.22", Disks: []savedDisk{{Path: "disk.qcow2", File: "disk0"}},
		Shell: shell.State{Mark: "\x1eABCDEFGHIJKLMNOPQRSTUVWXYZ:", Worker: 1, Ready: "17", DataPort: true}}
}

// TestReadSaved: the files that a description names are in the snapshot and in the state directory, and no others.
func TestReadSaved(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		change func(*saved)
		err    string // empty: it is good
	}{
		{func(*saved) {}, ""},
		{func(s *saved) { s.Disks[0].Path = "below/empty0.qcow2" }, ""},
		{func(s *saved) { s.Disks[0].Path = "../disk.qcow2" }, "names the files"},
		{func(s *saved) { s.Disks[0].Path = "/etc/passwd" }, "names the files"},
		{func(s *saved) { s.Disks[0].File = "../../disk0" }, "names the files"},
		{func(s *saved) { s.Disks[0].File = "" }, "names the files"},
		{func(s *saved) { s.Disks[0].File = ".." }, "names the files"},
		{func(s *saved) { s.Shell.Ready = "1; reboot" }, "next process"},
		{func(s *saved) { s.Shell.Mark = "" }, "mark"},
		{func(s *saved) { s.Memory = savedMemory{"pc.ram", 1 << 28} }, ""},
		{func(s *saved) { s.Memory = savedMemory{"pc.ram,mem-path=/etc/passwd", 1 << 28} }, "with the name"},
		{func(s *saved) { s.Memory = savedMemory{"pc.ram", 0} }, "0 bytes of memory"},
	} {
		s := goodSaved()
		c.change(&s)
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, savedFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = readSaved(dir)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got %v, want %q", text, err, c.err)
		}
	}
}

// TestRestoreRefuses a snapshot that is cut or gone, before anything is started.
func TestRestoreRefuses(t *testing.T) {
	for _, text := range []string{"", `{"qemu": "7.2.2`, "[]"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, savedFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b := &Backend{StartCommand: "touch started; false"}
		_, err := b.Restore(context.Background(), machine.StartOptions{Name: "server", StateDir: dir}, machine.SnapshotOptions{Dir: dir})
		if err == nil || !strings.HasPrefix(err.Error(), "server: the snapshot can't be read: ") {
			t.Errorf("%q: got %v", text, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
			t.Errorf("%q: a QEMU was started", text)
		}
	}
}

// TestDiscard leaves the disks, which machines may use, and can be repeated.
func TestDiscard(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{savedFile, stateFile, memoryFile, devicesFile, "disk0", "disk0-next"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := (&Backend{}).Discard(dir); err != nil {
			t.Error(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("left %q, %v", left, err)
	}
}

// TestRestoreCutMemory: a memory that is too short is not used, since QEMU would lengthen it.
func TestRestoreCutMemory(t *testing.T) {
	dir := t.TempDir()
	s := goodSaved()
	s.Disks, s.Memory = nil, savedMemory{"pc.ram", 100}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{savedFile: text, memoryFile: make([]byte, 99), devicesFile: nil} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := &Backend{StartCommand: "touch started; false"}
	_, err = b.Restore(context.Background(), machine.StartOptions{Name: "server", StateDir: dir}, machine.SnapshotOptions{Dir: dir})
	if err == nil || err.Error() != "server: the snapshot's memory is not whole" {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
		t.Error("a QEMU was started")
	}
}

// TestSettleDisks: the file that the start command names is the one that was written to last.
func TestSettleDisks(t *testing.T) {
	state := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(state, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := write("disk.qcow2", "first")
	if err := os.Link(first, filepath.Join(state, "saved")); err != nil {
		t.Fatal(err)
	}
	i := &instance{state: state, overlays: []overlay{
		{path: write("1", "second"), start: "disk.qcow2"}, {path: write("other", "other"), start: "empty0.qcow2"}, {path: write("2", "third"), start: "disk.qcow2"},
	}}
	i.settleDisks()
	for name, want := range map[string]string{"disk.qcow2": "third", "saved": "first", "empty0.qcow2": "other"} {
		if got, err := os.ReadFile(filepath.Join(state, name)); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v, want %q", name, got, err, want)
		}
	}
}
