// Package owner tells whether other users can write a file, and has the directories that they must not write to.
package owner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// Check returns nil if only the user or root can change the file or directory at path, which info describes, else an
// error that says who can. The sticky bit does not help: others can add files to such a directory. A group that belongs to
// the user alone is not another one. Root trusts the user who called sudo.
func Check(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("the owner of %s is not known", path)
	}
	mode := info.Mode()
	switch {
	case st.Uid != 0 && !mine(st.Uid):
		return fmt.Errorf("%s belongs to another user (number %d)", path, st.Uid)
	case mode&fs.ModeSymlink != 0: // the permissions of a link mean nothing
		return nil
	case mode&fs.ModeSticky != 0 && mode.Perm()&0o022 != 0:
		return fmt.Errorf("others can write to %s", path)
	case mode.Perm()&0o002 != 0:
		return fmt.Errorf("all users can write %s (chmod o-w ends that)", path)
	case mode.Perm()&0o020 != 0 && st.Gid != 0 && !ownGroup(st.Gid):
		return fmt.Errorf("the group of %s can write it (chmod g-w ends that)", path)
	}
	return nil
}

// mine reports whether a user is the one who runs the program.
func mine(uid uint32) bool {
	if int(uid) == os.Geteuid() {
		return true
	}
	caller, err := strconv.ParseUint(os.Getenv("SUDO_UID"), 10, 32)
	return err == nil && os.Geteuid() == 0 && uint32(caller) == uid
}

// privateGroup is the number of the user's own group where systems give each user one, of the same name; -1 where not.
var privateGroup = sync.OnceValue(func() int {
	u, err := user.Current()
	if err != nil {
		return -1
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil || g.Name != u.Username {
		return -1
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return -1
	}
	return gid
})

func ownGroup(gid uint32) bool { return int(gid) == privateGroup() }

// MakeDir makes a directory that only the user can enter, and those above it that are missing. One that exists must be a
// directory of the user that nobody else can write to, and no link.
func MakeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is a link or a file: remove it", dir)
	}
	return Check(dir, info)
}

// StateDir returns the directory of what the program keeps for later runs: gotest-driver in $XDG_STATE_HOME, which is
// ~/.local/state by default.
func StateDir() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) { // as the specification of these directories says
		home, err := os.UserHomeDir()
		if err != nil {
			return "", errors.New("neither $XDG_STATE_HOME nor $HOME is set")
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "gotest-driver"), nil
}
