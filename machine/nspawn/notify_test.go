package nspawn

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNotify sends the messages of systemd-nspawn (sd_notify(3)), and READY=1 once more, like a daemon-reexec.
func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), notifyName)
	if err := os.WriteFile(path, nil, 0o600); err != nil { // of an earlier boot
		t.Fatal(err)
	}
	n, err := listenNotify(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	say := func(text string) {
		t.Helper()
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	closed := func(what string, ch chan struct{}) {
		t.Helper()
		select {
		case <-ch:
		case <-time.After(time.Minute):
			t.Fatalf("%s was not noticed", what)
		}
	}
	say("STATUS=starting\nX_NSPAWN_LEADER_PID=none")
	say("X_NSPAWN_LEADER_PID=4711\nSTATUS=Container running.\n")
	closed("the first process", n.leaderKnown)
	if pid := n.Leader(); pid != 4711 {
		t.Errorf("the first process is %d", pid)
	}
	select {
	case <-n.ready:
		t.Error("it is ready before it says so")
	default:
	}
	say("READY=0\nREADY=1")
	closed("READY=1", n.ready)
	say("READY=1\nX_NSPAWN_LEADER_PID=4712")
	if err := errors.Join(c.Close(), n.Close()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
	if _, err := listenNotify(filepath.Join(t.TempDir(), strings.Repeat("x", 100))); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v of a path that is too long, want one that names TMPDIR", err)
	}
}
