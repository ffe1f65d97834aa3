package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/internal/owner"
)

// claim is what a run says to the other runs of this machine.
type claim struct {
	Tests  int       `json:"tests"`  // that run
	Memory int64     `json:"memory"` // what they have reserved, in bytes
	Unused int64     `json:"unused"` // what they have not yet taken of that
	Cores  float64   `json:"cores"`
	Waits  time.Time `json:"waits,omitzero"` // since when it waits for others and runs nothing
}

// add adds what another run has.
func (c *claim) add(o claim) {
	c.Tests += o.Tests
	c.Memory += o.Memory
	c.Unused += o.Unused
	c.Cores += o.Cores
	if c.Waits.IsZero() || !o.Waits.IsZero() && o.Waits.Before(c.Waits) {
		c.Waits = o.Waits
	}
}

// slots share this machine with other runs of the user's: each has a file with its claim, which is locked as long as it lives.
// Whoever starts a test holds another lock meanwhile.
type slots struct {
	dir  string
	file *os.File // of this run
}

// SlotsDir returns the directory that the runs of a user have in common; empty: there is none.
func SlotsDir() string {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if st, err := os.Stat(dir); err == nil && st.IsDir() {
		dir = filepath.Join(dir, "gotest-driver")
	} else {
		dir = filepath.Join(os.TempDir(), fmt.Sprintf("gotest-driver-%d", os.Getuid()))
	}
	if err := owner.MakeDir(dir); err != nil {
		return ""
	}
	return filepath.Join(dir, "slots")
}

const (
	claimPrefix = "run-"
	lockName    = "lock"
)

// openSlots begins to share. The result is nil without a directory, or on a file system without locks.
func openSlots(dir string) *slots {
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return nil
	}
	unlock := (&slots{dir: dir}).lock()
	for n := 0; unlock == nil && n < 20; n++ {
		time.Sleep(tick / 4)
		unlock = (&slots{dir: dir}).lock()
	}
	if unlock == nil {
		return nil
	}
	defer unlock() // until the file is locked it looks as one that a killed run has left
	f, err := os.CreateTemp(dir, claimPrefix)
	if err != nil {
		return nil
	}
	s := &slots{dir: dir, file: f}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil || s.write(claim{}) != nil {
		s.close()
		return nil
	}
	return s
}

// lock takes the lock under which tests start; nil if another run has it.
func (s *slots) lock() (unlock func()) {
	f, err := os.OpenFile(filepath.Join(s.dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil
	}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		f.Close()
		return nil
	}
	return func() { f.Close() }
}

// write replaces this run's claim. The caller holds the lock.
func (s *slots) write(c claim) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return errors.Join(s.file.Truncate(0), second(s.file.WriteAt(b, 0)))
}

func second[T any](_ T, err error) error { return err }

// staleWait is for how long a run counts as waiting after its last sign of it: it may have been stopped.
const staleWait = 10 * time.Second

// others returns what all other runs claim, and removes what killed ones have left. The caller holds the lock.
func (s *slots) others(now time.Time) claim {
	var all claim
	entries, _ := os.ReadDir(s.dir) // without it there are none
	for _, e := range entries {
		path := filepath.Join(s.dir, e.Name())
		if !strings.HasPrefix(e.Name(), claimPrefix) || path == s.file.Name() {
			continue
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		var c claim
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = os.Remove(path)
		} else if readJSON(path, &c) == nil {
			if st, err := f.Stat(); err != nil || now.Sub(st.ModTime()) > staleWait {
				c.Waits = time.Time{}
			}
			all.add(c)
		}
		f.Close()
	}
	return all
}

// close ends this run's claim.
func (s *slots) close() {
	_ = os.Remove(s.file.Name())
	s.file.Close()
}
