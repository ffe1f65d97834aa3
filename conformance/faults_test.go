package conformance_test

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
)

// noticed is how long after a fault everybody who waits must know of it.
const noticed = 2 * time.Second

// guestUp boots a tiny guest.
func guestUp(t *testing.T) *machine.Machine {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a guest")
	}
	log := report.NewLog(nil, report.NewPlain(t.Output(), report.PlainOptions{Serial: true}))
	d, err := driver.New(t.Context(), driver.Options{Name: "faults", OutDir: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	})
	m, err := d.CreateMachine(t.Context(), driver.MachineConfig{Name: "server", Guest: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// endless makes the guest one in which none of the waits can end by itself: a port that stays open, and units that are
// always about to be started.
const endless = `httpd -p 1 -h /run
cat >/bin/systemctl <<'X'
#!/bin/bash
echo LoadState=loaded
echo ActiveState=activating
echo SubState=start
X
chmod 755 /bin/systemctl`

// waits are the calls that wait, each for something that never comes in a guest that was made endless.
func waits(t *testing.T, m *machine.Machine) map[string]func(context.Context) error {
	t.Helper()
	re, err := pyre.Compile("never seen", 0)
	if err != nil {
		t.Fatal(err)
	}
	big := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, 64<<30); err != nil {
		t.Fatal(err)
	}
	var w machine.Wait
	return map[string]func(context.Context) error{
		"execute": func(ctx context.Context) error {
			_, err := m.Execute(ctx, "sleep 1000", machine.ExecuteOptions{})
			return err
		},
		"sleep":               func(ctx context.Context) error { return m.Sleep(ctx, time.Hour) },
		"wait_until_succeeds": func(ctx context.Context) error { _, err := m.WaitUntilSucceeds(ctx, "false", w); return err },
		"wait_until_fails":    func(ctx context.Context) error { _, err := m.WaitUntilFails(ctx, "true", w); return err },
		"wait_for_unit":       func(ctx context.Context) error { return m.WaitForUnit(ctx, "x.service", "", w) },
		"wait_for_unit_active_state": func(ctx context.Context) error {
			return m.WaitForUnitActiveState(ctx, "x.service", "active", "", w)
		},
		"wait_for_file":             func(ctx context.Context) error { return m.WaitForFile(ctx, "/never", w) },
		"wait_for_open_port":        func(ctx context.Context) error { return m.WaitForOpenPort(ctx, "localhost", 2, w) },
		"wait_for_closed_port":      func(ctx context.Context) error { return m.WaitForClosedPort(ctx, "localhost", 1, w) },
		"wait_for_open_unix_socket": func(ctx context.Context) error { return m.WaitForOpenUnixSocket(ctx, "/never", false, w) },
		"copy_from_host_via_shell":  func(ctx context.Context) error { return m.CopyFromHostViaShell(ctx, big, "/dev/null") },
		"wait_for_console_text":     func(ctx context.Context) error { return m.WaitForConsoleText(ctx, re, w) },
		"wait_until_tty_matches":    func(ctx context.Context) error { return m.WaitUntilTTYMatches(ctx, "1", re, w) },
		"wait_for_text":             func(ctx context.Context) error { return m.WaitForText(ctx, re, w) },
		"wait_for_image": func(ctx context.Context) error {
			_, err := m.WaitForImage(ctx, needleOfNothing(t), 1, image.Rectangle{}, w)
			return err
		},
		"wait_for_window": func(ctx context.Context) error { return m.WaitForWindow(ctx, re, w) },
		"wait_for_x":      func(ctx context.Context) error { return m.WaitForX(ctx, w) },
		"wait_for_qmp_event": func(ctx context.Context) error {
			_, err := m.WaitForQMPEvent(ctx, "NEVER", func(qmp.Event) (bool, error) { return false, nil }, w)
			return err
		},
		"wait_for_shutdown": func(ctx context.Context) error { return m.WaitForShutdown(ctx, 0) },
	}
}

// needleOfNothing is a picture that no screen shows.
func needleOfNothing(t *testing.T) string {
	path, err := filepath.Abs("../ocr/testdata/x/big.png")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestQEMUIsKilled: all who wait at the same time are told, at once and by name.
func TestQEMUIsKilled(t *testing.T) {
	m := guestUp(t)
	if _, err := m.Succeed(t.Context(), endless, time.Minute); err != nil {
		t.Fatal(err)
	}
	type end struct {
		at  time.Time
		err error
	}
	var mu sync.Mutex
	ends := map[string]end{}
	var wg sync.WaitGroup
	for name, f := range waits(t, m) {
		wg.Go(func() {
			err := f(t.Context())
			mu.Lock()
			defer mu.Unlock()
			ends[name] = end{time.Now(), err}
		})
	}
	time.Sleep(3 * time.Second)
	mu.Lock()
	for name, e := range ends {
		t.Errorf("%s did not wait: %v", name, e.err)
	}
	mu.Unlock()
	killed := time.Now()
	if err := syscall.Kill(-m.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	for name, e := range ends {
		var died *machine.DiedError
		if !errors.As(e.err, &died) || died.Machine != "server" || !strings.Contains(died.Reason, "killed by signal 9") {
			t.Errorf("%s: %v", name, e.err)
		}
		if late := e.at.Sub(killed); late > noticed {
			t.Errorf("%s noticed it after %v", name, late)
		}
	}
	if err := m.Shutdown(t.Context(), time.Minute); err != nil {
		t.Errorf("shutdown of what is off: %v", err)
	}
}

// TestShellGoesSilent: a guest whose root shell was stopped does not hold a wait beyond its time, and the error says
// that the shell, not the condition, is to blame. What needs no shell goes on working.
func TestShellGoesSilent(t *testing.T) {
	m := guestUp(t)
	stop := `(sleep 1; for p in /proc/[0-9]*/comm; do read -r name <$p; p=${p#/proc/}; p=${p%/comm}
if [[ $name == bash && $p != "$BASHPID" ]]; then kill -STOP "$p"; fi; done) >/dev/null 2>&1 &`
	if _, err := m.Execute(t.Context(), stop, machine.ExecuteOptions{}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second)
	const limit = 2 * time.Second
	start := time.Now()
	_, err := m.Execute(t.Context(), "true", machine.ExecuteOptions{Timeout: limit})
	t.Logf("execute ended after %v: %v", time.Since(start), err)
	if err == nil || !strings.Contains(err.Error(), "root shell") {
		t.Errorf("execute: %v", err)
	}
	start = time.Now()
	err = m.WaitForFile(t.Context(), "/never", machine.Wait{Timeout: limit})
	if err == nil || !strings.Contains(err.Error(), "root shell") || time.Since(start) > limit+noticed {
		t.Errorf("wait_for_file after %v: %v", time.Since(start), err)
	}
	if _, err := m.QMP(t.Context(), "query-status", nil); err != nil {
		t.Errorf("QMP: %v", err)
	}
}

// TestGuestWithoutTools: a guest that has lost its tools runs what bash can do alone, and says what it has not.
func TestGuestWithoutTools(t *testing.T) {
	m := guestUp(t)
	if _, err := m.Succeed(t.Context(), `for f in /bin/* /sbin/* /usr/bin/* /usr/sbin/*; do case ${f##*/} in bash|sh) ;; *) hide="${hide-} $f";; esac; done; rm -f $hide`, time.Minute); err != nil {
		t.Fatal(err)
	}
	if out, err := m.Succeed(t.Context(), "echo still here", time.Minute); out != "still here\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := m.WaitForFile(ctx, "/bin/bash", machine.Wait{}); err != nil {
		t.Errorf("wait_for_file: %v", err)
	}
	if _, err := m.Succeed(ctx, "sha256sum /bin/bash", 0); err == nil || !strings.Contains(err.Error(), "sha256sum: command not found") {
		t.Errorf("a missing program: %v", err)
	}
	start := time.Now()
	if err := m.WaitForUnit(ctx, "x.service", "", machine.Wait{}); err == nil || !strings.Contains(err.Error(), "has no systemctl") || time.Since(start) > noticed {
		t.Errorf("wait_for_unit: after %v: %v", time.Since(start), err)
	}
}
