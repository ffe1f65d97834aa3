package conformance_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/internal/testlog"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
	"golang.org/x/sys/unix"
)

// noticed is the longest time after a fault, or after a timeout, until a waiting call returns; slack is for a busy machine.
// The log has the real times.
const (
	noticed = 2 * time.Second
	slack   = 13 * time.Second
)

// guestUp boots a tiny guest.
func guestUp(t *testing.T) *machine.Machine {
	t.Helper()
	return bootGuest(t, driver.MachineConfig{Name: "server", Guest: "tiny"})
}

// bootGuest boots a guest and waits for its shell.
func bootGuest(t *testing.T, config driver.MachineConfig) *machine.Machine {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a guest")
	}
	var printed bytes.Buffer
	t.Cleanup(func() { // when the log is closed
		if t.Failed() {
			t.Logf("what happened last:\n%s", testlog.Brief(printed.String()))
		}
	})
	log := report.NewLog(nil, report.NewPlain(&printed, report.PlainOptions{}))
	d, err := driver.New(t.Context(), driver.Options{Name: "faults", OutDir: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	})
	m, err := d.CreateMachine(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// endless makes the guest one in which none of the waits can end by itself: a port that stays open, directories that are
// never made, and units that are always about to be started.
const endless = `httpd -p 1 -h /run
rm -f /bin/mkdir
cat >/bin/mkdir <<'X'
#!/bin/bash
sleep 1000
X
chmod 755 /bin/mkdir
cat >/bin/systemctl <<'X'
#!/bin/bash
echo LoadState=loaded
echo ActiveState=activating
echo SubState=start
X
chmod 755 /bin/systemctl`

// waits returns calls that wait, each for something that never happens in an endless guest.
func waits(t *testing.T, m *machine.Machine) map[string]func(context.Context) error {
	t.Helper()
	re, err := pyre.Compile("never seen", 0)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
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
		"wait_for_unit":       func(ctx context.Context) error { return m.WaitForUnit(ctx, "x.service", machine.UnitOptions{}, w) },
		"wait_for_unit_active_state": func(ctx context.Context) error {
			return m.WaitForUnitActiveState(ctx, "x.service", "active", "", w)
		},
		"wait_for_file":        func(ctx context.Context) error { return m.WaitForFile(ctx, "/never", w) },
		"wait_for_open_port":   func(ctx context.Context) error { return m.WaitForOpenPort(ctx, machine.Port{Number: 2}, w) },
		"wait_for_closed_port": func(ctx context.Context) error { return m.WaitForClosedPort(ctx, machine.Port{Number: 1}, w) },
		"wait_for_open_unix_socket": func(ctx context.Context) error {
			return m.WaitForOpenUnixSocket(ctx, machine.UnixSocket{Path: "/never"}, w)
		},
		"copy_from_host_via_shell": func(ctx context.Context) error { return m.CopyFromHostViaShell(ctx, file, "/tmp/never") },
		"wait_for_console_text":    func(ctx context.Context) error { return m.WaitForConsoleText(ctx, re, w) },
		"wait_until_tty_matches":   func(ctx context.Context) error { return m.WaitUntilTTYMatches(ctx, "1", re, w) },
		"wait_for_text":            func(ctx context.Context) error { return m.WaitForText(ctx, re, w) },
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
	path, err := filepath.Abs("../../ocr/testdata/x/big.png")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// needQMP has the waits that need QEMU's monitor.
var needQMP = []string{"wait_for_text", "wait_for_image", "wait_for_qmp_event"}

// ending is the result of a wait, and its time.
type ending struct {
	at  time.Time
	err error
}

// waiting is a set of running waits.
type waiting struct {
	names []string // sorted
	mu    sync.Mutex
	ends  map[string]ending
	wg    sync.WaitGroup
	stop  context.CancelFunc
}

// everybodyWaits starts all waits at once.
func everybodyWaits(t *testing.T, m *machine.Machine) *waiting {
	ctx, cancel := context.WithCancel(t.Context())
	calls := waits(t, m)
	w := &waiting{names: slices.Sorted(maps.Keys(calls)), ends: map[string]ending{}, stop: cancel}
	t.Cleanup(func() { cancel(); w.wg.Wait() })
	for name, f := range calls {
		w.wg.Go(func() {
			err := f(ctx)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ends[name] = ending{time.Now(), err}
		})
	}
	return w
}

// none checks that all still wait.
func (w *waiting) none(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, e := range w.ends {
		t.Errorf("%s did not wait: %v", name, e.err)
	}
}

// those checks that since the fault only the expected waits have ended, in time and with the right errors.
func (w *waiting) those(t *testing.T, fault time.Time, hit func(name string) bool, right func(error) bool) {
	t.Helper()
	time.Sleep(time.Until(fault.Add(noticed)))
	over := func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, name := range w.names {
			if _, ended := w.ends[name]; hit(name) && !ended {
				return false
			}
		}
		return true
	}
	for !over() && time.Since(fault) < noticed+slack {
		time.Sleep(50 * time.Millisecond)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range w.names {
		e, ended := w.ends[name]
		switch {
		case !hit(name):
			if ended {
				t.Errorf("%s did not go on: %v", name, e.err)
			}
		case !ended:
			t.Errorf("%s noticed nothing", name)
		case !right(e.err):
			t.Errorf("%s: %v", name, e.err)
		default:
			t.Logf("%s noticed it after %v", name, e.at.Sub(fault).Round(time.Millisecond))
		}
	}
}

// TestQEMUIsKilled: all simultaneous waits fail at once, with an error that names the machine.
func TestQEMUIsKilled(t *testing.T) {
	m := guestUp(t)
	if _, err := m.Succeed(t.Context(), endless, time.Minute); err != nil {
		t.Fatal(err)
	}
	w := everybodyWaits(t, m)
	time.Sleep(3 * time.Second)
	w.none(t)
	killed := time.Now()
	if err := syscall.Kill(-m.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.those(t, killed, func(string) bool { return true }, func(err error) bool {
		var died *machine.DiedError
		return errors.As(err, &died) && died.Machine == "server" && strings.Contains(died.Reason, "killed by signal 9")
	})
	if err := m.Shutdown(t.Context(), time.Minute); err != nil {
		t.Errorf("shutdown of what is off: %v", err)
	}
}

// freeze stops all shells of the guest when a line is typed on its console, reports it there, and resumes them after
// another line. It looks more than once, because a shell may be about to start another.
const freeze = `exec 8</dev/ttyS0
(each() { for p in /proc/[0-9]*/comm; do read -r name <$p || continue; p=${p#/proc/}; p=${p%/comm}
if [[ $name == bash && $p != "$BASHPID" ]]; then kill "$1" "$p"; fi; done; }
read -r -u 8; for n in 1 2 3; do each -STOP; done; echo all are frozen >/dev/ttyS0
read -r -u 8; each -CONT) >/dev/null 2>&1 &`

// frozen stops the shells, and waits until they have stopped.
func frozen(t *testing.T, m *machine.Machine) time.Time {
	t.Helper()
	if err := m.SendConsole(t.Context(), "now\n"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if text, err := m.ConsoleLog(); err != nil {
			t.Fatal(err)
		} else if strings.Contains(text, "all are frozen") {
			return time.Now()
		}
	}
	t.Fatal("the guest did not stop its shells")
	return time.Time{}
}

// TestShellGoesSilent: a stopped root shell ends no wait, but timeouts hold, calls that need no shell work, and the shell
// works again when it is resumed.
func TestShellGoesSilent(t *testing.T) {
	m := guestUp(t)
	if _, err := m.Succeed(t.Context(), endless+"\n"+freeze, time.Minute); err != nil {
		t.Fatal(err)
	}
	w := everybodyWaits(t, m)
	time.Sleep(time.Second)
	frozen(t, m)
	time.Sleep(2 * noticed)
	w.none(t)
	if _, err := m.QMP(t.Context(), "query-status", nil); err != nil {
		t.Errorf("QMP: %v", err)
	}
	start := time.Now()
	w.stop()
	w.wg.Wait()
	if late := time.Since(start); late > noticed+slack {
		t.Errorf("a wait ended %v after its context", late)
	}
	const limit = 2 * time.Second
	start = time.Now()
	r, err := m.Execute(t.Context(), "true", machine.ExecuteOptions{Timeout: limit})
	if late := time.Since(start); err == nil && r.Status != 124 || late > limit+noticed+slack {
		t.Errorf("execute after %v: %+v, %v", late, r, err)
	}
	start = time.Now()
	var timeout *machine.TimeoutError
	err = m.WaitForFile(t.Context(), "/never", machine.Wait{Timeout: limit})
	if late := time.Since(start); !errors.As(err, &timeout) || late > limit+noticed+slack {
		t.Errorf("wait_for_file after %v: %v", late, err)
	}
	if err := m.SendConsole(t.Context(), "on\n"); err != nil {
		t.Fatal(err)
	}
	if out, err := m.Succeed(t.Context(), "echo back", time.Minute); err != nil || out != "back\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// TestPausedGuest: a command goes on after a pause that the test itself makes.
func TestPausedGuest(t *testing.T) {
	m := guestUp(t)
	done := make(chan error, 1)
	go func() {
		_, err := m.Succeed(t.Context(), "sleep 2", 0)
		done <- err
	}()
	time.Sleep(time.Second)
	if _, err := m.QMP(t.Context(), "stop", nil); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	if _, err := m.QMP(t.Context(), "cont", nil); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := m.Succeed(t.Context(), "true", time.Minute); err != nil {
		t.Error(err)
	}
}

// TestQMPCloses: waits for QEMU's monitor fail with an error about its connection; the guest keeps working.
func TestQMPCloses(t *testing.T) {
	m := guestUp(t)
	if _, err := m.Succeed(t.Context(), endless, time.Minute); err != nil {
		t.Fatal(err)
	}
	w := everybodyWaits(t, m)
	time.Sleep(time.Second)
	hangUp(t, filepath.Join(m.StateDir(), "qmp"))
	w.those(t, time.Now(), func(name string) bool { return slices.Contains(needQMP, name) }, func(err error) bool {
		return err != nil && strings.Contains(err.Error(), "QMP")
	})
	w.stop()
	w.wg.Wait()
	if out, err := m.Succeed(t.Context(), "echo still here", time.Minute); out != "still here\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

// hangUp cuts this process's own connection to a Unix socket, because no request to QEMU does this.
func hangUp(t *testing.T, path string) {
	t.Helper()
	for fd := range 4096 {
		peer, err := unix.Getpeername(fd)
		if err != nil {
			continue
		}
		if u, ok := peer.(*unix.SockaddrUnix); ok && u.Name == path {
			if err := unix.Shutdown(fd, unix.SHUT_RDWR); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("there is no connection to " + path)
}

// TestGuestWithoutTools: in a guest that has lost its tools, calls that need only bash work, and others name the missing tool.
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
	if err := m.WaitForUnit(ctx, "x.service", machine.UnitOptions{}, machine.Wait{}); err == nil || !strings.Contains(err.Error(), "has no systemctl") || time.Since(start) > noticed+slack {
		t.Errorf("wait_for_unit: after %v: %v", time.Since(start), err)
	}
}
