package driver

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fakeQEMU puts a QEMU with that help text in the place of the real one.
func fakeQEMU(t *testing.T, help string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "qemu")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+help+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOTEST_QEMU", path)
}

// TestQEMUUser: who QEMU is follows from who runs the driver, and from $GOTEST_QEMU_USER.
func TestQEMUUser(t *testing.T) {
	fakeQEMU(t, "-runas user")
	if os.Geteuid() != 0 {
		t.Setenv("GOTEST_QEMU_USER", "")
		if u, err := chooseUser("/tmp/x"); err != nil || u.options != nil || u.why != "" {
			t.Errorf("a user's QEMU is %+v, %v", u, err)
		}
		t.Setenv("GOTEST_QEMU_USER", "nobody")
		if _, err := chooseUser("/tmp/x"); err == nil || !strings.Contains(err.Error(), "only root can") {
			t.Errorf("error %v", err)
		}
		return
	}
	for _, c := range []struct {
		name, help, tmp string
		options         []string // nil: a free number
		why, err        string
	}{
		{name: "root", help: "-runas user", tmp: "/tmp/x", why: "as $GOTEST_QEMU_USER asks"},
		{name: "nobody", help: "-runas user", tmp: "/tmp/x", options: []string{"-runas", "65534:65534"}},
		{name: "nobody", help: "-runas user\n-run-with [chroot=dir][user=username|uid:gid]", tmp: "/tmp/x", options: []string{"-run-with", "user=65534:65534"}},
		{name: "not-there", tmp: "/tmp/x", err: `$GOTEST_QEMU_USER is "not-there": want an account`},
		{help: "-run-with [async-teardown=on|off]", tmp: "/tmp/x", why: "has no option"},
		{help: "-runas user", tmp: filepath.Join(t.TempDir(), "x"), why: "other users can't enter"},
		{help: "-runas user", tmp: "/tmp/x"},
	} {
		fakeQEMU(t, c.help)
		t.Setenv("GOTEST_QEMU_USER", c.name)
		u, err := chooseUser(c.tmp)
		if err == nil && strings.Contains(u.why, "user namespace") {
			t.Skip("root of a user namespace")
		}
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%+v: error %v", c, err)
			}
		case err != nil || !strings.Contains(u.why, c.why) || (c.why != "") != (u.options == nil):
			t.Errorf("%+v: %+v, %v", c, u, err)
		case c.options != nil && !slices.Equal(u.options, c.options):
			t.Errorf("%+v: options %q", c, u.options)
		case c.why == "" && c.name == "" && (u.uid < firstUser || u.uid > lastUser || u.gid != u.uid):
			t.Errorf("%+v: the number is %d, the group %d", c, u.uid, u.gid)
		}
		if err := u.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestFreeUser: two runs at a time have different numbers.
func TestFreeUser(t *testing.T) {
	seen := map[int]bool{}
	for range 40 {
		u, err := freeUser()
		if err != nil {
			t.Fatal(err)
		}
		defer u.Close()
		if seen[u.uid] {
			t.Errorf("the number %d was given twice", u.uid)
		}
		seen[u.uid] = true
	}
}

func TestWholeMap(t *testing.T) {
	for table, want := range map[string]bool{
		"         0          0 4294967295\n":                                 true,
		"         0     100000      65536\n":                                 false,
		"         0       1000          1\n         1     100000      65536": false,
	} {
		if wholeMap([]byte(table)) != want {
			t.Errorf("%q: want %v", table, want)
		}
	}
}

// TestRunDirectoryIsClosed: others can't enter the directory with all that guests share with the host, nor guests' QEMU change it.
func TestRunDirectoryIsClosed(t *testing.T) {
	d, err := New(t.Context(), Options{OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.CreateMachine(t.Context(), MachineConfig{StartScript: "true"}); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{d.tmp, d.SharedDir()} {
		st, err := os.Stat(dir)
		if err != nil || st.Mode().Perm()&0o027 != 0 {
			t.Errorf("%s: %v, %v", dir, st, err)
		}
	}
	user := d.user.Load()
	if st, err := os.Stat(d.tmp); err != nil || int(st.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() || st.Mode().Perm()&0o010 != 0 && int(st.Sys().(*syscall.Stat_t).Gid) != user.group() {
		t.Errorf("the run's directory: %+v, %v", st, err)
	}
}
