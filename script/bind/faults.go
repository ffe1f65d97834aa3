package bind

import (
	"context"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/disk"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

// machineFault makes a fault of a machine, which ends with the subtest unless the call asks to keep it.
func (b *Binding) machineFault(c *script.Call, begin func(context.Context) (machine.End, error)) (starlark.Value, error) {
	keep := c.Bool("keep")
	return starlark.None, c.Block(func(ctx context.Context) error {
		end, err := begin(machine.WithTick(ctx, script.CheckConditions))
		if err != nil || keep {
			return err
		}
		script.OnSubtestEnd(ctx, func(ctx context.Context) {
			if err := end(ctx); err != nil {
				b.d.Log().Logf(ctx, report.Error, "%v", err)
			}
		})
		return nil
	})
}

// chaos makes faults at random until the end of the subtest.
func (b *Binding) chaos(_ context.Context, c *script.Call) (starlark.Value, error) {
	o := driver.ChaosOptions{Faults: c.Strings("faults"), Seed: b.d.Seed()}
	o.Every, _ = c.Duration("every")
	if seed, given := c.OptInt("seed"); given {
		o.Seed = int64(seed)
	}
	for _, v := range c.Values("machines") {
		o.Machines = append(o.Machines, script.AsObject(v).Payload().(*machine.Machine))
	}
	return starlark.None, c.Block(func(ctx context.Context) error {
		stop, err := b.d.Chaos(ctx, o)
		if err != nil {
			return c.Errorf("%s", err)
		}
		script.OnSubtestEnd(ctx, func(context.Context) { stop() })
		return nil
	})
}

// ends makes an Impl of a fault of a machine.
func (b *Binding) ends(f func(ctx ctxT, m mT, c callT) (machine.End, error)) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		return b.machineFault(c, func(ctx context.Context) (machine.End, error) { return f(ctx, c.Self().(mT), c) })
	}
}

// faultMethods returns the calls of a machine's faults.
func (b *Binding) faultMethods() map[string]script.Impl {
	return map[string]script.Impl{
		"power_failure": do(func(ctx ctxT, m mT, c callT) error { return m.PowerFailure(ctx, c.Bool("torn")) }),
		"freeze": do(func(ctx ctxT, m mT, c callT) error {
			d, _ := c.Duration("seconds")
			return m.Freeze(ctx, d)
		}),
		"clock_jump": b.ends(func(ctx ctxT, m mT, c callT) (machine.End, error) {
			return m.ClockJump(ctx, time.Duration(c.Int("seconds"))*time.Second)
		}),
		"clock_drift": b.ends(func(ctx ctxT, m mT, c callT) (machine.End, error) { return m.ClockDrift(ctx, c.Int("ppm")) }),
		"slow_down":   b.ends(func(ctx ctxT, m mT, c callT) (machine.End, error) { return m.SlowDown(ctx, c.Float("factor")) }),
		"hotplug_cpu": b.ends(func(ctx ctxT, m mT, c callT) (machine.End, error) { return m.HotplugCPU(ctx, c.Int("count")) }),
		"pressure":    b.ends(func(ctx ctxT, m mT, c callT) (machine.End, error) { return m.Pressure(ctx, c.Int("memory")) }),
		"oom":         do(func(ctx ctxT, m mT, _ callT) error { return m.OOM(ctx) }),
		"panic":       do(func(ctx ctxT, m mT, _ callT) error { return m.Panic(ctx) }),
		"disk": with(func(_ ctxT, m mT, c callT) (starlark.Value, error) {
			return b.diskObject(m.Disk(c.String("name"))), nil
		}),
		"add_disk": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			d, err := m.AddDisk(ctx, int64(c.Int("size")))
			if err != nil {
				return nil, err
			}
			return b.diskObject(d), nil
		}),
	}
}

// diskObject returns the script's value for a disk.
func (b *Binding) diskObject(d *machine.Disk) *script.Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[*d]
	if o == nil {
		o = b.disk.New(d, "<disk "+d.Name()+" of "+d.Machine().Name()+">")
		b.objects[*d] = o
	}
	return o
}

var diskAttributes = map[string]script.Getter{
	"name": func(self any) (starlark.Value, error) { return starlark.String(self.(*machine.Disk).Name()), nil },
}

// diskMethods returns the methods of a disk.
func (b *Binding) diskMethods() map[string]script.Impl {
	call := func(f func(ctx ctxT, d *machine.Disk, c callT) error) script.Impl {
		return func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return starlark.None, c.Block(func(ctx context.Context) error {
				return f(machine.WithTick(ctx, script.CheckConditions), c.Self().(*machine.Disk), c)
			})
		}
	}
	return map[string]script.Impl{
		"fail": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			f := disk.Failure{Read: c.Bool("read"), Write: c.Bool("write"), Flush: c.Bool("flush"), After: c.Int("after")}
			if rate, given := c.OptFloat("rate"); given {
				if rate <= 0 {
					return nil, c.Errorf("rate: want a part of the requests, more than 0 and at most 1")
				}
				f.Rate = rate
			}
			if sectors, given := c.Value("sectors").(starlark.Tuple); given {
				for i, to := range []*int64{&f.First, &f.End} {
					if err := starlark.AsInt(sectors[i], to); err != nil {
						return nil, c.Errorf("sectors: %s", err)
					}
				}
				if f.End <= f.First {
					return nil, c.Errorf("sectors: %v has none: want the first one, and the one behind the last", sectors)
				}
			}
			return b.machineFault(c, func(ctx context.Context) (machine.End, error) { return c.Self().(*machine.Disk).Fail(ctx, f) })
		},
		"slow": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			var s disk.Speed
			s.Latency, _ = c.Duration("latency")
			s.IOPS, _ = c.OptInt("iops")
			bandwidth, _ := c.OptInt("bandwidth")
			s.Bandwidth = int64(bandwidth)
			return b.machineFault(c, func(ctx context.Context) (machine.End, error) { return c.Self().(*machine.Disk).Slow(ctx, s) })
		},
		"full": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return b.machineFault(c, func(ctx context.Context) (machine.End, error) {
				return c.Self().(*machine.Disk).Fill(ctx, int64(c.Int("room")))
			})
		},
		"detach": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return b.machineFault(c, func(ctx context.Context) (machine.End, error) { return c.Self().(*machine.Disk).Detach(ctx) })
		},
		"corrupt": call(func(ctx ctxT, d *machine.Disk, c callT) error {
			data := []byte(c.Value("data").(starlark.Bytes))
			if path, named := c.OptString("at"); named {
				return d.CorruptFile(ctx, path, data)
			}
			return d.Corrupt(ctx, int64(c.Int("at")), data)
		}),
		"attach": call(func(ctx ctxT, d *machine.Disk, _ callT) error { return d.Attach(ctx) }),
		"heal":   call(func(ctx ctxT, d *machine.Disk, _ callT) error { return d.Heal(ctx) }),
	}
}
