package qemu

import (
	"context"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/procload"
)

const (
	// guestSilence is how long the root shell of a guest with nothing to do may be silent.
	guestSilence = 800 * time.Millisecond
	// qmpPatience is how long QEMU may take to tell the guest's state.
	qmpPatience = 500 * time.Millisecond
)

// excuse tells why a guest whose root shell has been silent can't be expected to answer.
func (i *instance) excuse(ctx context.Context, silent time.Duration) string {
	qctx, cancel := context.WithTimeout(ctx, qmpPatience)
	defer cancel()
	status, err := i.qmp.QueryStatus(qctx)
	if err == nil && !status.Running {
		return "the guest is " + status.Status
	}
	if silent > procload.Patience {
		return ""
	}
	if err != nil && qctx.Err() != nil && ctx.Err() == nil {
		return "QEMU does not answer either"
	}
	// Not before QEMU has answered: it may have been stopped until then, and its guest needs a moment.
	return procload.Begin(func() []int { return []int{i.qemuPID} }).Excuse(ctx)
}
