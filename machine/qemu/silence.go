package qemu

import (
	"context"
	"fmt"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/procload"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// Standstill returns why a guest that does not answer may not be able to.
func (i *instance) Standstill(ctx context.Context) string {
	if procload.Stopped(i.qemuPID) {
		return fmt.Sprintf("QEMU, process %d, has been stopped by a signal", i.qemuPID)
	}
	status, err := i.qmp.QueryStatus(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return "QEMU does not answer either"
	case err == nil && !status.Running:
		return "the guest is " + status.Status
	}
	return ""
}

// BootSigns returns what QEMU knows of the guest's boot.
func (i *instance) BootSigns(ctx context.Context) (s machine.BootSigns, err error) {
	disks, err := qmp.Query[[]struct {
		Stats struct {
			Operations int64 `json:"rd_operations"`
		} `json:"stats"`
	}](ctx, i.qmp, "query-blockstats", nil)
	if err != nil {
		return s, err
	}
	for _, d := range disks {
		s.Reads += d.Stats.Operations
	}
	accelerated, err := qmp.Query[struct{ Enabled bool }](ctx, i.qmp, "query-kvm", nil)
	s.Emulated, s.Used = !accelerated.Enabled, i.used()
	return s, err
}

// used returns the processor time that QEMU has used.
func (i *instance) used() time.Duration { return procload.Used(i.qemuPID) }
