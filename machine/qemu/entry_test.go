package qemu

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// TestConsoles: the shell that greets first is the one that is read and written, wherever it is; until then, all lines are.
func TestConsoles(t *testing.T) {
	greeting := shell.Greeting + "\n"
	type says struct {
		on   int32
		text string
	}
	for name, c := range map[string]struct {
		chosen int32
		before []says // of the greeting, which is the last of them
		after  []says
		want   string
		on     int32
	}{
		"own backdoor": {unknown, []says{{onVirtio, "boot\n" + greeting}}, []says{{onVirtio, "answer"}}, "boot\n" + greeting + "answer", onVirtio},
		"the port's": {unknown, []says{{onVirtio, "login: "}, {onPort, greeting}}, []says{{onVirtio, "again\n"}, {onPort, "answer"}},
			greeting + "answer", onPort},
		"both":                 {unknown, []says{{onVirtio, greeting}}, []says{{onPort, greeting}, {onPort, "2"}, {onVirtio, "1"}}, greeting + "1", onVirtio},
		"a greeting in pieces": {unknown, []says{{onPort, "Spawning back"}, {onPort, "door root shell...\n"}}, []says{{onPort, "answer"}}, greeting + "answer", onPort},
		"restored":             {onPort, nil, []says{{onVirtio, "login: "}, {onPort, "answer"}}, "answer", onPort},
	} {
		t.Run(name, func(t *testing.T) {
			guests, ends := map[int32]net.Conn{}, map[int32]net.Conn{}
			for _, on := range []int32{onVirtio, onPort} {
				guests[on], ends[on] = net.Pipe()
			}
			consoles := newConsoles(ends[onVirtio], ends[onPort], c.chosen)
			said := make(chan error, 1)
			go func() {
				var errs []error
				for _, s := range c.before {
					_, err := io.WriteString(guests[s.on], s.text)
					errs = append(errs, err)
				}
				<-consoles.greeted
				for _, s := range c.after {
					_, err := io.WriteString(guests[s.on], s.text)
					errs = append(errs, err)
				}
				said <- errors.Join(errs...)
			}()
			got := make([]byte, len(c.want))
			if _, err := io.ReadFull(consoles, got); err != nil || string(got) != c.want {
				t.Errorf("read %q, %v, want %q", got, err, c.want)
			}
			if err := <-said; err != nil {
				t.Error(err)
			}
			go func() { _, _ = io.WriteString(consoles, "command") }()
			command := make([]byte, len("command"))
			if _, err := io.ReadFull(guests[c.on], command); err != nil || string(command) != "command" {
				t.Errorf("the guest has read %q, %v", command, err)
			}
			if err := consoles.Close(); err != nil {
				t.Error(err)
			}
			if _, err := consoles.Read(got); err == nil {
				t.Error("a closed connection is read")
			}
		})
	}
}

// TestEntryOptions: what an entry offers is on the command line.
func TestEntryOptions(t *testing.T) {
	dir := t.TempDir()
	e := &Entry{Port: "the.port", OEMStrings: []string{"a=b,c", "d"}, Serial: "ds=nocloud", Firmware: map[string]string{"opt/x": "{}"},
		Seed: func(w io.Writer) error { _, err := io.WriteString(w, "seed"); return err }}
	list, err := e.prepare(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(slices.Concat(e.args(), list), " ")
	for _, want := range []string{"-smbios type=11,value=a=b,,c -smbios type=11,value=d", "-smbios type=1,serial=ds=nocloud", "virtserialport,id=gotest-console,chardev=console,name=the.port",
		"file=" + dir + "/seed.iso,if=virtio,format=raw,readonly=on", "-fw_cfg name=opt/x,file=" + dir + "/firmware0"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %s", want, all)
		}
	}
}

// TestEntry: QEMU takes what an entry offers, ports are plugged in while there is no shell, and the error tells of the ways. No
// shell comes: the processors never start.
func TestEntry(t *testing.T) {
	if testing.Short() {
		t.Skip("starts QEMU")
	}
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "gte")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	image := filepath.Join(dir, "image")
	if err := os.WriteFile(image, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	rung := make(chan struct{})
	var seen []Progress
	entry := &Entry{Port: "test.console", Bell: "test.bell", OEMStrings: []string{"a=b", "c,d"}, Serial: "ds=nocloud", Firmware: map[string]string{"opt/test": "{}"},
		Seed: func(w io.Writer) error { _, err := w.Write(make([]byte, 4096)); return err },
		Report: func(p Progress) []string {
			seen = append(seen, p)
			return []string{"seed: of no use"}
		}}
	g := guard.New()
	b := &kept{Backend: &Backend{Guard: g, Spec: func() Spec {
		return Spec{Image: image, DiskSize: 2 << 20, Memory: 64, Entry: entry, Options: []string{"-S"}, Binary: "qemu-system-x86_64"}
	}}}
	log := report.NewLog(nil, report.NewPlain(io.Discard, report.PlainOptions{}))
	m, err := machine.New(machine.Options{Name: "m", Backend: b, Log: log, StateDir: filepath.Join(dir, "m"), BootTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(m.Close(), g.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	}()
	if err := m.Start(t.Context(), machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
	i := b.inst
	go func() {
		for i.entry.bells.Load() == 0 {
			select {
			case <-i.done:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
		close(rung)
	}()
	select {
	case <-rung:
	case <-time.After(time.Minute):
		t.Fatal("no port is plugged in")
	}
	if out, err := i.qmp.HumanMonitor(t.Context(), "info qtree"); err != nil || !strings.Contains(out, `"test.bell0"`) || !strings.Contains(out, `"test.console"`) {
		t.Errorf("QEMU has not both ports, %v", err)
	}
	err = m.Connect(t.Context())
	var died *machine.DiedError
	if !errors.As(err, &died) || !strings.Contains(err.Error(), "seed: of no use") || !strings.Contains(err.Error(), "no root shell after") {
		t.Errorf("error %v, want one that has the report", err)
	}
	if len(seen) != 1 || seen[0].Bells == 0 || seen[0].Opened || seen[0].SeedRead != 0 {
		t.Errorf("the report was made of %+v", seen)
	}
}
