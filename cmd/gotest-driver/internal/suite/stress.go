package suite

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startStress keeps the processors busy by turns and stops processes of guests for short times, until stop is called. pids
// returns the processes of the tests that run.
func startStress(ctx context.Context, pids func() []int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	pause := func(most time.Duration) bool {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Duration(rand.Int64N(int64(most)))):
			return true
		}
	}
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for pause(time.Second) {
				for end := time.Now().Add(time.Duration(rand.Int64N(int64(time.Second)))); time.Now().Before(end) && ctx.Err() == nil; {
				}
			}
		})
	}
	wg.Go(func() {
		for pause(2 * time.Second) {
			guests := pids()
			if len(guests) == 0 {
				continue
			}
			pid := guests[rand.IntN(len(guests))]
			_ = syscall.Kill(pid, syscall.SIGSTOP) // it may have ended
			pause(time.Second)
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	})
	return func() { cancel(); wg.Wait() }
}

// qemus returns the processes of QEMU below others.
func qemus(roots []int) []int {
	var out []int
	for pid := range owners(roots) {
		exe, _ := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
		if strings.Contains(filepath.Base(exe), "qemu") {
			out = append(out, pid)
		}
	}
	return out
}
