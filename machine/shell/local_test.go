package shell

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair returns the two ends of a stream socket, one of them for another process.
func pair(t testing.TB) (net.Conn, *os.File) {
	t.Helper()
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := os.NewFile(uintptr(fds[0]), "mine"), os.NewFile(uintptr(fds[1]), "theirs")
	defer mine.Close()
	conn, err := net.FileConn(mine)
	if err != nil {
		t.Fatal(err)
	}
	return conn, theirs
}

// localShell starts a bash of this machine as a guest's root shell.
func localShell(t testing.TB, withData bool, opts Options) (*Session, *exec.Cmd) {
	t.Helper()
	return staleShell(t, "", withData, opts)
}

// staleShell is localShell of a guest that already has input on its console.
func staleShell(t testing.TB, stale string, withData bool, opts Options) (*Session, *exec.Cmd) {
	t.Helper()
	console, theirs := pair(t)
	if _, err := console.Write([]byte(stale)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", "echo a line of the boot; echo '"+Greeting+"'; exec bash --norc")
	cmd.Dir = t.TempDir()
	mark := "GUEST_OF_TEST=" + cmd.Dir
	cmd.Env = append(os.Environ(), mark)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var data net.Conn
	if withData {
		conn, fd := pair(t)
		data = conn
		cmd.ExtraFiles = []*os.File{fd}
		opts.DataFD = 3
		defer fd.Close()
	}
	err := cmd.Start()
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	s := New(console, data, opts)
	var once sync.Once
	stop := func() {
		once.Do(func() {
			s.Close()
			killGuest(t, mark)
			cmd.Wait()
		})
	}
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Handshake(ctx); err != nil {
		t.Fatal(err)
	}
	if got := s.Info().DataPort; got != withData {
		t.Fatalf("uses the data port: %v", got)
	}
	return s, cmd
}

// killGuest kills all processes of a guest, whose environment has the mark. Some have their own sessions, and a remaining
// one would hold the output of the test's program open.
func killGuest(t testing.TB, mark string) {
	t.Helper()
	for again := true; again; { // the killed ones may have started others
		again = false
		environs, err := filepath.Glob("/proc/[0-9]*/environ")
		if err != nil {
			t.Error(err)
		}
		for _, path := range environs {
			// An ended process has no environment.
			if env, err := os.ReadFile(path); err != nil || !bytes.Contains(env, []byte(mark)) {
				continue
			}
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
				again = true
			}
		}
	}
}

// modes runs a test with and without a data port.
func modes(t *testing.T, test func(t *testing.T, s *Session)) {
	for _, data := range []bool{true, false} {
		t.Run(fmt.Sprintf("data=%v", data), func(t *testing.T) {
			s, _ := localShell(t, data, Options{})
			test(t, s)
		})
	}
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}
