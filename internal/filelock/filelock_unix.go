//go:build unix

// Package filelock has locks between processes, which the kernel releases when a process ends.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// poll is how often Lock tries.
const poll = 200 * time.Millisecond

// Lock takes the lock of a lock file, which it makes, and calls wait once if another process has it. It works after another
// process has removed the file, too.
func Lock(ctx context.Context, path string, wait func()) (unlock func(), err error) {
	for first := true; ; first = false {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o644)
		if err != nil {
			return nil, err
		}
		if ok, err := try(f, syscall.LOCK_EX); err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("locking %s: %w", path, err)
		} else if ok && isAt(f, path) {
			return func() { _ = f.Close() }, nil
		}
		_ = f.Close()
		if first {
			wait()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(poll):
		}
	}
}

// Share opens a file and takes its lock together with others who share it. ok is false when somebody has it alone, or the file is
// not there any more. Closing the file releases the lock.
func Share(path string) (f *os.File, ok bool, err error) { return open(path, syscall.LOCK_SH) }

// Alone opens a file and takes its lock alone. ok is false when somebody else has it, or the file is not there any more.
func Alone(path string) (f *os.File, ok bool, err error) { return open(path, syscall.LOCK_EX) }

func open(path string, how int) (*os.File, bool, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	ok, err := try(f, how)
	if !ok || !isAt(f, path) {
		_ = f.Close()
		return nil, false, err
	}
	return f, true, nil
}

// try takes a lock unless somebody else has it.
func try(f *os.File, how int) (bool, error) {
	for {
		switch err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, err
		}
	}
}

// isAt reports whether a path leads to an open file.
func isAt(f *os.File, path string) bool {
	mine, err := f.Stat()
	now, nerr := os.Lstat(path)
	return err == nil && nerr == nil && os.SameFile(mine, now)
}
