package machine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
)

// SlowDown gives the machine only the factor-th part of the time of the host's processors: it stands still for the rest, in short
// intervals. The guest's clocks go on.
func (m *Machine) SlowDown(ctx context.Context, factor float64) (End, error) {
	if !(factor > 1 && factor <= 1000) {
		return nil, &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("slow_down by the factor %g: want more than 1, and at most 1000", factor)}
	}
	if err := m.virtual(ctx, "slow_down"); err != nil {
		return nil, err
	}
	return m.fault(ctx, &fault{text: fmt.Sprintf("slowed down by %g", factor)}, func(ctx context.Context) (end End, err error) {
		err = m.running(ctx, "slow_down", func(_ context.Context, inst Instance) error {
			s, ok := inst.(Slower)
			if !ok {
				return m.unsupported("slow_down")
			}
			stop, err := s.SlowDown(factor)
			end = func(context.Context) error { stop(); return nil }
			return err
		})
		return end, err
	})
}

// pressureDir is where the guest's memory goes.
const pressureDir = "/run/gotest-pressure"

// Pressure takes memory from the guest's processes until so many MiB are available to them (MemAvailable of proc(5)). A file in
// memory holds it.
func (m *Machine) Pressure(ctx context.Context, memory int) (End, error) {
	if memory < 1 {
		return nil, &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("pressure that leaves %d MiB: want 1 or more", memory)}
	}
	begin := fmt.Sprintf(`d=%s; free() { sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo; }
grep -q " $d " /proc/mounts && { echo "the guest's memory is under pressure already"; exit 1; }
n=$((($(free) - %d * 1024) / 1024))
[ $n -gt 0 ] || { echo "the guest has only $(($(free) / 1024)) MiB available, and %[2]d are to be left"; exit 1; }
mkdir -p $d && mount -t tmpfs -o size=100%% gotest $d && dd if=/dev/zero of=$d/file bs=1048576 count=$n 2>/dev/null || { echo "the guest's memory can't be taken"; umount $d; exit 1; }`,
		pressureDir, memory)
	end := fmt.Sprintf("umount %s || { echo 'the memory of %[1]s can not be given back'; exit 1; }", pressureDir)
	return m.guestFault(ctx, "pressure", fmt.Sprintf("only %d MiB of memory left", memory), begin, end)
}

// OOM makes the guest's kernel kill a process as when memory has run out: the one that it would choose then.
func (m *Machine) OOM(ctx context.Context) error {
	if err := m.virtual(ctx, "oom"); err != nil {
		return err
	}
	return m.guestDoes(ctx, `echo f >/proc/sysrq-trigger || { echo "the guest's kernel has no Magic SysRq"; exit 1; }`)
}

// panicWait bounds how long a kernel may take to panic.
const panicWait = 30 * time.Second

// Panic makes the guest's kernel panic: through its root shell, or, when that is not connected, by a non-maskable interrupt and
// the keys of Magic SysRq, which a kernel may be configured to ignore. It waits until the machine has ended or its console tells of the
// panic. A machine that has ended by it can be started again.
func (m *Machine) Panic(ctx context.Context) error {
	if err := m.virtual(ctx, "panic"); err != nil {
		return err
	}
	inst := m.instance()
	return m.withMonitor(ctx, "panic", func(_ context.Context, c *qmp.Client) (err error) {
		ctx, span := m.entry(ctx, report.ActionMachine, "making the kernel panic")
		defer func() { span.End(err) }()
		before := m.panics()
		ways := []func() error{
			func() error {
				_, err := c.Execute(ctx, "inject-nmi", nil)
				return err
			},
			func() error { return c.SendKey(ctx, []string{"alt", "sysrq", "c"}, 0) },
		}
		if m.Connected() {
			ways = []func() error{func() error {
				_, err := m.Execute(ctx, "echo 1 >/proc/sys/kernel/sysrq; (sleep 0.2; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &", ExecuteOptions{})
				return err
			}}
		}
		var errs []error
		for _, way := range ways {
			if err := way(); err != nil {
				errs = append(errs, err)
				continue
			}
			if ended, err := m.awaitPanic(ctx, inst, before); err != nil || ended {
				return err
			}
		}
		return &AssertionError{Machine: m.o.Name, Message: errors.Join(append([]error{
			fmt.Errorf("its kernel did not panic within %v: it may ignore non-maskable interrupts (unknown_nmi_panic) and Magic SysRq", panicWait)}, errs...)...).Error()}
	})
}

// panics returns how often the console has told of a panic lately.
func (m *Machine) panics() int {
	n := 0
	for _, line := range m.console.Tail(200) {
		if strings.Contains(line, "Kernel panic - not syncing") {
			n++
		}
	}
	return n
}

// awaitPanic waits for the end of the instance, or for more panics than before on the console. It returns false when there is
// none in time.
func (m *Machine) awaitPanic(ctx context.Context, inst Instance, before int) (bool, error) {
	limit := time.NewTimer(panicWait)
	defer limit.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var since <-chan time.Time
	for {
		select {
		case <-inst.Done():
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.inst == inst {
				m.inst, m.up = nil, false
			}
			return true, nil
		case <-tick.C:
			if since == nil && m.panics() > before {
				since = time.After(2 * time.Second) // in which a kernel with panic=-1 reboots
			}
		case <-since:
			return true, nil
		case <-limit.C:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}
