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

// victim is what a fault of a chaos hits.
type victim struct {
	*machine.Machine
	driver   *Driver
	machines []*machine.Machine // of the chaos; those behind this one come first
	strength float64            // from 0 up to 1
}

// chaosFaults are the faults by name. Each makes a fault that ends with the returned function.
var chaosFaults = map[string]func(ctx context.Context, v victim) (machine.End, error){
	"freeze": func(ctx context.Context, v victim) (machine.End, error) { return v.Suspend(ctx) },
	"slow_down": func(ctx context.Context, v victim) (machine.End, error) {
		return v.SlowDown(ctx, 2+float64(int(8*v.strength)))
	},
	"block":     func(ctx context.Context, v victim) (machine.End, error) { return v.Unblock, v.Block(ctx) },
	"partition": partition,
	"clock_jump": func(ctx context.Context, v victim) (machine.End, error) {
		return v.ClockJump(ctx, time.Duration(1+int(3600*v.strength))*time.Second)
	},
	"disk_slow": onDisk(func(ctx context.Context, d *machine.Disk, strength float64) (machine.End, error) {
		return d.Slow(ctx, disk.Speed{Latency: time.Duration(1+int(500*strength)) * time.Millisecond})
	}),
	"disk_fail": onDisk(func(ctx context.Context, d *machine.Disk, strength float64) (machine.End, error) {
		return d.Fail(ctx, disk.Failure{Read: true, Write: true, Flush: true, Rate: 0.01 + 0.5*strength})
	}),
	"power_failure": func(ctx context.Context, v victim) (machine.End, error) {
		return v.again, v.PowerFailure(ctx, v.strength >= 0.5)
	},
	"crash": func(ctx context.Context, v victim) (machine.End, error) { return v.again, v.Crash(ctx) },
}

// again starts the machine, which has been ended.
func (v victim) again(ctx context.Context) error { return v.Start(ctx, machine.StartConfig{}) }

// partition cuts the machine off from the others, on all networks, together with up to half of them.
func partition(ctx context.Context, v victim) (machine.End, error) {
	var ends []machine.End
	end := func(ctx context.Context) (err error) {
		for _, e := range slices.Backward(ends) {
			err = errors.Join(err, e(ctx))
		}
		return err
	}
	for _, n := range v.driver.VLANs() {
		var group []string
		for _, m := range v.machines[:1+int(v.strength*float64(len(v.machines)/2))] {
			on, err := m.OnVLAN(ctx, n.Nr)
			if err != nil {
				return nil, errors.Join(err, end(ctx))
			}
			if on {
				group = append(group, m.Name())
			}
		}
		if group == nil {
			continue
		}
		before := n.Faults()
		if err := n.Partition(ctx, [][]string{group}); err != nil {
			return nil, errors.Join(err, end(ctx))
		}
		ends = append(ends, func(ctx context.Context) error { return n.Restore(ctx, before) })
	}
	if ends == nil {
		return nil, fmt.Errorf("%s: it is on no network that could be partitioned", v.Name())
	}
	return end, nil
}

// onDisk makes a fault of a machine's first disk that the driver serves.
func onDisk(fault func(ctx context.Context, d *machine.Disk, strength float64) (machine.End, error)) func(context.Context, victim) (machine.End, error) {
	return func(ctx context.Context, v victim) (machine.End, error) {
		disks, err := v.ServedDisks()
		if err != nil {
			return nil, err
		}
		return fault(ctx, disks[0], v.strength)
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
			v := victim{o.Machines[s.machine], d, slices.Concat(o.Machines[s.machine:], o.Machines[:s.machine]), s.strength}
			d.o.Log.Logf(ctx, report.Info, "chaos step %d: %s of %s", n, s.fault, v.Name())
			lasts := time.Duration(s.lasts * float64(o.Every))
			if err := v.disturb(ctx, s.fault, lasts); err != nil && ctx.Err() == nil {
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
func (v victim) disturb(ctx context.Context, fault string, lasts time.Duration) error {
	end, err := chaosFaults[fault](ctx, v)
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
