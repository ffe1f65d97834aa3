package qmp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// startQEMU starts a real QEMU without a guest.
func startQEMU(t *testing.T, args ...string) (context.Context, *Client) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts QEMU")
	}
	qemu := os.Getenv("GOTEST_QEMU")
	if qemu == "" {
		qemu = "qemu-system-x86_64"
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, qemu, append([]string{
		"-nodefaults", "-S", "-display", "none", "-qmp", "unix:" + filepath.Join(dir, "qmp") + ",server=on,wait=off"}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("this test needs QEMU: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("QEMU: %s", out.Bytes())
		}
	})
	c, err := Dial(ctx, filepath.Join(dir, "qmp"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return ctx, c
}

func TestRealQEMUWithoutMachine(t *testing.T) {
	ctx, c := startQEMU(t, "-machine", "none")
	if v := c.Version(); v.Major < 5 {
		t.Errorf("version %v", v)
	}
	st, err := c.QueryStatus(ctx)
	if err != nil || st.Running || st.Status != "prelaunch" {
		t.Errorf("status %+v, %v", st, err)
	}
	// About 200 KB in one answer.
	schema, err := c.Execute(ctx, "query-qmp-schema", nil)
	if err != nil || len(schema) < 100_000 {
		t.Errorf("schema of %d bytes, %v", len(schema), err)
	}
	names, err := c.Commands(ctx)
	if err != nil || !slices.Contains(names, "screendump") {
		t.Errorf("commands %v, %v", names, err)
	}
	var refused *Error
	if _, err := c.Execute(ctx, "no-such", nil); !errors.As(err, &refused) || refused.Class != "CommandNotFound" {
		t.Errorf("got %v", err)
	}
	if out, err := c.HumanMonitor(ctx, "info status"); err != nil || !strings.Contains(out, "prelaunch") {
		t.Errorf("got %q, %v", out, err)
	}
	if err := c.Quit(ctx); err != nil {
		t.Error(err)
	}
	select {
	case <-c.Done():
	case <-ctx.Done():
		t.Fatal("quit did not end QEMU")
	}
}

func TestRealQEMUWithPC(t *testing.T) {
	ctx, c := startQEMU(t, "-machine", "pc", "-vga", "std",
		"-netdev", "user,id=u0", "-device", "virtio-net-pci,netdev=u0,mac=52:54:00:12:34:01",
		"-netdev", "user,id=u1", "-device", "e1000,netdev=u1,id=second,mac=52:54:00:12:34:02")

	devices, err := c.NetDevices(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []NetDevice{
		{"virtio-net-pci.0", "virtio-net-pci", "52:54:00:12:34:01", "u0", "user", ""},
		{"second", "e1000", "52:54:00:12:34:02", "u1", "user", ""},
	}
	if diff := cmp.Diff(want, devices); diff != "" {
		t.Errorf("network cards (-want +got):\n%s", diff)
	}
	for _, d := range want {
		for _, up := range []bool{false, true} {
			if err := c.SetLink(ctx, d.Name, up); err != nil {
				t.Error(err)
			}
		}
	}
	if err := c.SetLink(ctx, "none", false); err == nil {
		t.Error("the link of a card that does not exist was set")
	}

	events := c.SubscribeNew()
	if err := c.Cont(ctx); err != nil {
		t.Fatal(err)
	}
	if ev, err := events.Next(ctx); err != nil || ev.Name != "RESUME" {
		t.Errorf("got %s, %v", ev.Raw, err)
	}
	if err := c.SendKey(ctx, []string{"ctrl", "a"}, 10*time.Millisecond); err != nil {
		t.Error(err)
	}
	if err := c.SendKey(ctx, []string{"nokey"}, 0); err == nil {
		t.Error("an unknown key was accepted")
	}
	if err := c.InputSendEvent(ctx, KeyEvent("b", true), KeyEvent("b", false), RelEvent("x", 3), ButtonEvent("left", true), ButtonEvent("left", false)); err != nil {
		t.Error(err)
	}
	shot := filepath.Join(t.TempDir(), "screen")
	for _, format := range []ImageFormat{PNG, PPM} {
		got, err := c.Screendump(ctx, shot, format)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(shot)
		if err != nil {
			t.Fatal(err)
		}
		magic := map[ImageFormat]string{PNG: "\x89PNG", PPM: "P6"}[got]
		if !strings.HasPrefix(string(data), magic) || format == PPM && got != PPM {
			t.Errorf("asked for %s, Screendump returned %s, the file begins with %q", format, got, data[:min(len(data), 4)])
		}
	}
	shot += "-given"
	f, err := os.Create(shot)
	if err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(shot, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	given, err := c.AddFile(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(shot); err != nil { // QEMU has the file, not its name
		t.Fatal(err)
	}
	if _, err := c.Screendump(ctx, given, PPM); err != nil {
		t.Error(err)
	}
	if data, err := io.ReadAll(f); err != nil || !strings.HasPrefix(string(data), "P6\n") {
		t.Errorf("the given file begins with %q, %v", data[:min(len(data), 4)], err)
	}
	if err := c.RemoveFile(ctx, given); err != nil {
		t.Error(err)
	}
	if _, err := c.Screendump(ctx, given, PPM); err == nil {
		t.Error("a removed file was written to")
	}
	if _, err := c.Screendump(ctx, "/nonexistent/dir/x.png", PNG); err == nil {
		t.Error("a picture was written into a directory that does not exist")
	}
	if err := c.Stop(ctx); err != nil {
		t.Error(err)
	}
	if err := c.SystemReset(ctx); err != nil {
		t.Error(err)
	}
	if err := c.SystemPowerdown(ctx); err != nil {
		t.Error(err)
	}
}
