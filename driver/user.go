package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/gotest-driver/gotest-driver/machine/qemu"
)

// qemuUser is the user whom QEMU of machines that the driver describes becomes when root runs the driver.
type qemuUser struct {
	uid, gid int
	options  []string          // QEMU's; nil: it stays root, or the driver is not run by root
	why      string            // it stays root
	claim    *net.UnixListener // keeps other runs from the number; nil: it is an account's
}

// The numbers that systemd gives to services for as long as they run, and never to accounts (systemd.exec(5), DynamicUser).
// Containers, which have the numbers below 65536, can use files of theirs.
const (
	firstUser = 61184
	lastUser  = 65519
)

// chooseUser follows $GOTEST_QEMU_USER: an account, or root. Without it, it takes a number that nobody else has.
func chooseUser(tmp string) (qemuUser, error) {
	name := os.Getenv("GOTEST_QEMU_USER")
	switch {
	case os.Geteuid() != 0:
		if u, err := user.Current(); name != "" && (err != nil || u.Username != name) {
			return qemuUser{}, fmt.Errorf("$GOTEST_QEMU_USER is %q, but only root can run QEMU as another user", name)
		}
		return qemuUser{}, nil
	case name == "root":
		return qemuUser{why: "as $GOTEST_QEMU_USER asks"}, nil
	}
	// Root of a user namespace is no user of the host whose files must be protected, and can't watch over other users.
	if ids, err := os.ReadFile("/proc/self/uid_map"); err == nil && !wholeMap(ids) {
		return qemuUser{why: "since this is a user namespace"}, nil
	}
	if dir := closedTo(filepath.Dir(tmp)); dir != "" {
		return qemuUser{why: "since other users can't enter " + dir}, nil
	}
	var u qemuUser
	var err error
	if name != "" {
		u, err = account(name)
	} else {
		u, err = freeUser()
	}
	if err != nil {
		return qemuUser{}, err
	}
	program, err := qemu.Find("")
	if err == nil {
		u.options, err = qemu.RunAs(context.Background(), program, u.uid, u.gid)
	}
	if err != nil {
		return qemuUser{why: "since " + err.Error()}, u.Close()
	}
	return u, nil
}

// wholeMap reports whether a table of user_namespaces(7) is that of the host.
func wholeMap(table []byte) bool {
	f := bytes.Fields(table)
	return len(f) == 3 && string(f[0]) == "0" && string(f[1]) == "0" && string(f[2]) == "4294967295"
}

// closedTo returns the nearest directory on the way to dir that users without rights can't enter, empty when there is none.
func closedTo(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		if st, err := os.Stat(dir); err != nil || st.Mode().Perm()&0o001 == 0 {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// account returns the user of an account.
func account(name string) (u qemuUser, err error) {
	a, err := user.Lookup(name)
	if err == nil {
		u.uid, err = strconv.Atoi(a.Uid)
	}
	if err == nil {
		u.gid, err = strconv.Atoi(a.Gid)
	}
	if err != nil {
		return u, fmt.Errorf("$GOTEST_QEMU_USER is %q: want an account, or root: %w", name, err)
	}
	return u, nil
}

// freeUser returns a number that no account, no process and no other run has. The claim ends with the driver.
func freeUser() (qemuUser, error) {
	used := map[int]bool{}
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return qemuUser{}, err
	}
	for _, p := range processes {
		if st, err := os.Stat(p); err == nil {
			if sys, ok := st.Sys().(*syscall.Stat_t); ok {
				used[int(sys.Uid)] = true
			}
		}
	}
	const count = lastUser - firstUser + 1
	start := rand.IntN(count)
	for i := range count {
		n := firstUser + (start+i)%count
		if _, err := user.LookupId(strconv.Itoa(n)); err == nil || used[n] {
			continue
		}
		// An abstract name, which needs no file.
		claim, err := net.ListenUnix("unix", &net.UnixAddr{Name: fmt.Sprintf("@gotest-driver-user-%d", n), Net: "unix"})
		switch {
		case err == nil:
			return qemuUser{uid: n, gid: n, claim: claim}, nil
		case !errors.Is(err, syscall.EADDRINUSE):
			return qemuUser{}, err
		}
	}
	return qemuUser{}, fmt.Errorf("QEMU can't run as a user of its own: all numbers from %d to %d are in use; $GOTEST_QEMU_USER may name an account, or root", firstUser, lastUser)
}

// own gives the user the shared directory, and lets its group enter the run's.
func (u *qemuUser) own(tmp, shared string) error {
	if u.options == nil {
		return nil
	}
	return errors.Join(os.Chown(tmp, -1, u.gid), os.Chmod(tmp, 0o710), os.Chown(shared, u.uid, u.gid))
}

// group returns the group that must be able to plug into networks, 0 for none.
func (u *qemuUser) group() int {
	if u.options == nil {
		return 0
	}
	return u.gid
}

// Close gives the number back.
func (u *qemuUser) Close() error {
	if u.claim == nil {
		return nil
	}
	return u.claim.Close()
}
