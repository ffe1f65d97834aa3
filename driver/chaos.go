package driver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/disk"
	"github.com/gotest-driver/gotest-driver/report"
)

// ChaosOptions describe faults at random to Driver.Chaos.
type ChaosOptions struct {
	Machines []*machine.Machine
	Faults   []string      // of ChaosFaults; empty: freeze and slow_down
	Every    time.Duration // a fault begins so often, and lasts for a part of that time
	Seed     int64         // the same seed makes the same faults
}

// chaosFaults are the faults by name. Each makes a fault of a machine that ends with the returned function; strength is from 0
// up to 1.
var chaosFaults = map[string]func(ctx context.Context, m *machine.Machine, strength float64) (machine.End, error){
	"freeze": func(ctx context.Context, m *machine.Machine, _ float64) (machine.End, error) { return m.Suspend(ctx) },
	"slow_down": func(ctx context.Context, m *machine.Machine, strength float64) (machine.End, error) {
		return m.SlowDown(ctx, 2+float64(int(8*strength)))
	},
	"block": func(ctx context.Context, m *machine.Machine, _ float64) (machine.End, error) {
		return m.Unblock, m.Block(ctx)
	},
	"clock_jump": func(ctx context.Context, m *machine.Machine, strength float64) (machine.End, error) {
		return m.ClockJump(ctx, time.Duration(1+int(3600*strength))*time.Second)
	},
	"disk_slow": onDisk(func(ctx context.Context, d *machine.Disk, strength float64) (machine.End, error) {
		return d.Slow(ctx, disk.Speed{Latency: time.Duration(1+int(500*strength)) * time.Millisecond})
	}),
	"disk_fail": onDisk(func(ctx context.Context, d *machine.Disk, strength float64) (machine.End, error) {
		return d.Fail(ctx, disk.Failure{Read: true, Write: true, Flush: true, Rate: 0.01 + 0.5*strength})
	}),
	"power_failure": func(ctx context.Context, m *machine.Machine, strength float64) (machine.End, error) {
		return again(m), m.PowerFailure(ctx, strength >= 0.5)
	},
	"crash": func(ctx context.Context, m *machine.Machine, _ float64) (machine.End, error) {
		return again(m), m.Crash(ctx)
	},
}

// again returns what starts a machine that has been ended.
func again(m *machine.Machine) machine.End {
	return func(ctx context.Context) error { return m.Start(ctx, machine.StartConfig{}) }
}

// onDisk makes a fault of a machine's first disk that the driver serves.
func onDisk(fault func(context.Context, *machine.Disk, float64) (machine.End, error)) func(context.Context, *machine.Machine, float64) (machine.End, error) {
	return func(ctx context.Context, m *machine.Machine, strength float64) (machine.End, error) {
		disks, err := m.ServedDisks()
		if err != nil {
			return nil, err
		}
		return fault(ctx, disks[0], strength)
	}
}

// ChaosFaults returns the names of the faults that Chaos makes.
func ChaosFaults() []string { return slices.Sorted(maps.Keys(chaosFaults)) }

// check returns an error unless there can be such chaos.
func (o ChaosOptions) check() error {
	if len(o.Machines) == 0 {
		return errors.New("chaos needs a machine at least")
	}
	if o.Every <= 0 {
		return fmt.Errorf("chaos with a fault every %v: want more than 0", o.Every)
	}
	for _, name := range o.Faults {
		if chaosFaults[name] == nil {
			return fmt.Errorf("chaos has no fault %q%s (there are: %s)", name, near.DidYouMean(name, ChaosFaults()), strings.Join(ChaosFaults(), ", "))
		}
		if !strings.HasPrefix(name, "disk_") && name != "power_failure" {
			continue
		}
		for _, m := range o.Machines {
			if disks, err := m.ServedDisks(); err != nil || len(disks) == 0 {
				return errors.Join(fmt.Errorf("%s: the fault %s needs a disk that the driver serves, by create_machine(disk_faults = True) or add_disk", m.Name(), name), err)
			}
		}
	}
	return nil
}

// step is one fault of a chaos.
type step struct {
	fault    string
	machine  int
	lasts    float64 // the part of the time until the next step
	strength float64
}

// steps yields the faults of a seed, without an end.
func (o ChaosOptions) steps(yield func(step) bool) {
	r := rand.New(rand.NewPCG(uint64(o.Seed), 0))
	for yield(step{o.Faults[r.IntN(len(o.Faults))], r.IntN(len(o.Machines)), 0.2 + 0.6*r.Float64(), r.Float64()}) {
	}
}

// Chaos makes faults of machines, one after the other, until stop is called, which ends the last one. ctx bounds nothing but the
// begin. A fault that can't be made, as of a machine that does not run, is a warning.
func (d *Driver) Chaos(ctx context.Context, o ChaosOptions) (stop func(), err error) {
	if len(o.Faults) == 0 {
		o.Faults = []string{"freeze", "slow_down"}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	d.o.Log.Logf(ctx, report.Info, "chaos: %s, every %v, seed %d", strings.Join(o.Faults, ", "), o.Every, o.Seed)
	done := make(chan struct{})
	go func() {
		defer close(done)
		n := 0
		for s := range o.steps {
			n++
			m := o.Machines[s.machine]
			d.o.Log.Logf(ctx, report.Info, "chaos step %d: %s of %s", n, s.fault, m.Name())
			lasts := time.Duration(s.lasts * float64(o.Every))
			if err := d.disturb(ctx, m, s, lasts); err != nil && ctx.Err() == nil {
				d.o.Log.Logf(ctx, report.Warning, "chaos step %d: %v", n, err)
			}
			if !pause(ctx, o.Every-lasts) {
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}, nil
}

// disturb makes a fault and ends it.
func (d *Driver) disturb(ctx context.Context, m *machine.Machine, s step, lasts time.Duration) error {
	end, err := chaosFaults[s.fault](ctx, m, s.strength)
	if err != nil {
		return err
	}
	pause(ctx, lasts)
	return end(context.WithoutCancel(ctx))
}

// pause waits, and reports whether ctx has not ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
