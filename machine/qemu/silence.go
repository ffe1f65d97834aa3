package qemu

import (
	"context"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/procload"
)

// shellState returns why a guest whose root shell does not answer may not be able to.
func (i *instance) shellState(ctx context.Context) string {
	status, err := i.qmp.QueryStatus(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return "QEMU does not answer either"
	case err == nil && !status.Running:
		return "the guest is " + status.Status
	}
	return ""
}

// used returns the processor time that QEMU has used.
func (i *instance) used() time.Duration { return procload.Used(i.qemuPID) }
