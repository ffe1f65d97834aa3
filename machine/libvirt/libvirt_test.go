//go:build linux

package libvirt

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// backend describes the guest tiny on a host.
func backend(t *testing.T, h *Host, uploads *int) *Backend {
	t.Helper()
	image, err := guest.Ensure(t.Context(), "tiny", guest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{Kernel: image.Kernel, Initrd: image.Initrd, Cmdline: strings.Join(image.Cmdline, " "), Memory: image.Memory, Cores: image.Cores}
	return &Backend{Host: h, Spec: func() Spec { return spec }, OnUpload: func(string, int64) func(error) {
		*uploads++
		return func(error) {}
	}}
}

func newMachine(t *testing.T, b machine.Backend) *machine.Machine {
	t.Helper()
	log := report.NewLog(nil, report.NewPlain(io.Discard, report.PlainOptions{}))
	t.Cleanup(func() { log.Close() })
	m, err := machine.New(machine.Options{Name: "server", Backend: b, Log: log, StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func open(t *testing.T, uri string) *Host {
	t.Helper()
	h, err := Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// domains returns the number of domains on the host.
func domains(t *testing.T, h *Host) int {
	t.Helper()
	ds, _, err := h.calls.ConnectListAllDomains(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	return len(ds)
}

// TestMachine: a machine on a host, through a Unix socket and through TLS, runs commands, sends output whole, has a screen, a
// monitor and a console, and is gone afterwards. Its files are uploaded once.
func TestMachine(t *testing.T) {
	d := startDaemon(t)
	uploads := 0
	for name, uri := range map[string]string{"unix": d.unix(), "tls": d.tls()} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			h := open(t, uri)
			defer h.Close()
			m := newMachine(t, backend(t, h, &uploads))
			if err := m.Start(ctx, machine.StartConfig{}); err != nil {
				t.Fatal(err)
			}
			out, err := m.Succeed(ctx, "echo hello; id -u", 0)
			if err != nil || out != "hello\n0\n" {
				t.Fatalf("got %q, %v", out, err)
			}
			checkOutput(ctx, t, m)
			checkMonitor(ctx, t, m)
			if err := m.Crash(ctx); err != nil {
				t.Error(err)
			}
			if n := domains(t, h); n != 0 {
				t.Errorf("%d domains are left", n)
			}
		})
	}
	if uploads != 2 {
		t.Errorf("%d uploads, want one of the kernel and one of the initramfs", uploads)
	}
}

// checkOutput compares the checksums of 5 MB on both sides.
func checkOutput(ctx context.Context, t *testing.T, m *machine.Machine) {
	t.Helper()
	out, err := m.Succeed(ctx, "head -c 5000000 /dev/urandom | base64 > /tmp/big; cat /tmp/big", 0)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := m.Succeed(ctx, "sha256sum < /tmp/big", 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x  -\n", sha256.Sum256([]byte(out))); sum != want {
		t.Errorf("the output of %d bytes has another checksum than in the guest: %s, %s", len(out), want, sum)
	}
}

// checkMonitor makes many screenshots and monitor commands at once: none is lost, and none holds up another one.
func checkMonitor(ctx context.Context, t *testing.T, m *machine.Machine) {
	t.Helper()
	var wg sync.WaitGroup
	defer wg.Wait()
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if img, err := m.Screen(ctx); err != nil || img.Bounds().Dx() < 320 {
					t.Errorf("a screenshot: %v", err)
					return
				}
			}
		})
		wg.Go(func() {
			for range 50 {
				if out, err := m.QMP(ctx, "query-status", nil); err != nil || !strings.Contains(string(out), `"running": true`) && !strings.Contains(string(out), `"running":true`) {
					t.Errorf("query-status: %s, %v", out, err)
					return
				}
			}
		})
	}
}

// TestEnds: the domain is gone when the connection that has made it ends, and the machine says so.
func TestEnds(t *testing.T) {
	d := startDaemon(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	h := open(t, d.unix())
	uploads := 0
	b := backend(t, h, &uploads)
	i, err := b.start(ctx, machine.StartOptions{Name: "server", Console: io.Discard, Logf: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	i.life.close()
	<-i.Done()
	if err := i.Err(); err == nil || !strings.Contains(err.Error(), "connection to libvirt on localhost") {
		t.Errorf("after the connection's end: %v", err)
	}
	for domains(t, h) != 0 {
		if ctx.Err() != nil {
			t.Fatal("the domain is left")
		}
		time.Sleep(100 * time.Millisecond)
	}
	_ = h.Close()
}

// TestRefused: what can't be reached, is no host or can't be a domain is one sentence.
func TestRefused(t *testing.T) {
	for uri, want := range map[string]string{
		"qemu+tcp://example.org/system":         "add ?insecure=1",
		"xen:///system":                         "its scheme must be",
		"qemu+ssh2://host/system":               `no transport "ssh2"`,
		"qemu:///foo":                           "its path must be",
		"qemu+unix:///system?socket=/nowhere/s": "localhost: libvirt can't be reached",
	} {
		if _, err := Open(t.Context(), uri); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
}

// TestDaemonKilled: when the host's libvirtd is killed, the machine has ended, and the error names the host.
func TestDaemonKilled(t *testing.T) {
	d := startDaemon(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	h := open(t, d.tls())
	uploads := 0
	m := newMachine(t, backend(t, h, &uploads))
	if err := m.Start(ctx, machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
	d.stop()
	if n := d.killQEMU(); n != 1 {
		t.Errorf("libvirtd has left %d machines, want the one that ran", n)
	}
	_, err := m.Succeed(ctx, "true", 0)
	if err == nil || !strings.Contains(err.Error(), "server") || !strings.Contains(err.Error(), "connection to libvirt on localhost has ended") {
		t.Errorf("a command after libvirtd's end: %v", err)
	}
	_ = h.Close() // the connection has ended
}
