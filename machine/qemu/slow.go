package qemu

import (
	"errors"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/machine"
)

// slowPeriod is the interval of which a slowed machine runs for a part.
const slowPeriod = 50 * time.Millisecond

// SlowDown stops QEMU's process for a part of each interval, until stop is called or QEMU has ended.
func (i *instance) SlowDown(factor float64) (stop func(), err error) {
	if i.qemuPID == 0 {
		return nil, errors.New("the process of QEMU is not known on this system, so it can't be slowed down")
	}
	run := time.Duration(float64(slowPeriod) / factor)
	over, stopped := make(chan struct{}), make(chan struct{})
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended {
		return nil, errEnded
	}
	i.serving.Go(func() {
		defer close(stopped)
		for i.signal(syscall.SIGCONT) {
			select {
			case <-time.After(run):
			case <-over:
				return
			}
			if !i.signal(syscall.SIGSTOP) {
				return
			}
			select {
			case <-time.After(slowPeriod - run):
			case <-over:
				i.signal(syscall.SIGCONT)
				return
			}
		}
	})
	return func() {
		close(over)
		<-stopped
	}, nil
}

// signal sends a signal to QEMU and reports whether it still runs.
func (i *instance) signal(s syscall.Signal) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return !i.ended && syscall.Kill(i.qemuPID, s) == nil
}

var _ machine.Slower = (*instance)(nil)
