package qemu

import (
	"context"
	"fmt"
	"time"
)

const (
	// guestSilence is how long the root shell of a guest with nothing to do may be silent.
	guestSilence = 800 * time.Millisecond
	// qmpPatience is how long QEMU may take to tell the guest's state.
	qmpPatience = 500 * time.Millisecond
	// loadWindow is how long QEMU is watched to see whether it is busy.
	loadWindow = 250 * time.Millisecond
	// busyShare of the window is what a busy QEMU spends on a processor or in wait for one.
	busyShare = 0.4
	// busyPatience is how long a busy guest may be silent.
	busyPatience = 10 * time.Second
)

// excuse tells why a guest whose root shell has been silent can't be expected to answer.
func (i *instance) excuse(ctx context.Context, silent time.Duration) string {
	before, known := usage(i.qemuPID)
	start := time.Now()
	qctx, cancel := context.WithTimeout(ctx, qmpPatience)
	defer cancel()
	status, err := i.qmp.QueryStatus(qctx)
	if err == nil && !status.Running {
		return "the guest is " + status.Status
	}
	if silent > busyPatience {
		return ""
	}
	if err != nil && qctx.Err() != nil && ctx.Err() == nil {
		return "QEMU does not answer either"
	}
	if !known {
		return ""
	}
	select {
	case <-time.After(loadWindow - time.Since(start)):
	case <-ctx.Done():
		return ""
	}
	after, known := usage(i.qemuPID)
	share := float64(after.busy-before.busy) / float64(time.Since(start))
	switch {
	case !known:
		return ""
	case share > busyShare:
		return fmt.Sprintf("the guest is busy (%.0f %% of a processor)", share*100)
	case before.disk && after.disk:
		return "QEMU waits for a disk"
	}
	return ""
}

// load is what a process has used so far.
type load struct {
	busy time.Duration // on a processor, and ready to be there, of all its threads
	disk bool          // a thread waits for a disk, uninterruptibly
}
