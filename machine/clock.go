package machine

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/qmp"
)

// virtual returns an error unless the machine runs and is a virtual one, which has a clock and a memory of its own.
func (m *Machine) virtual(ctx context.Context, call string) error {
	return m.running(ctx, call, func(_ context.Context, inst Instance) error {
		if _, ok := inst.(Monitor); !ok {
			return m.unsupported(call)
		}
		return nil
	})
}

// undoLimit bounds what ends a fault after the context of the call has ended.
const undoLimit = 10 * time.Second

// Suspend makes the machine stand still until its end is called: its processors, its clocks and its devices. The guest does not see
// that time pass, but others do.
func (m *Machine) Suspend(ctx context.Context) (End, error) {
	if err := m.virtual(ctx, "freeze"); err != nil {
		return nil, err
	}
	return m.fault(ctx, &fault{text: "frozen"}, func(ctx context.Context) (End, error) {
		inst := m.instance()
		send := func(ctx context.Context, f func(*qmp.Client) error) error {
			if inst != m.instance() { // the next instance runs
				return nil
			}
			return m.withMonitor(ctx, "freeze", func(_ context.Context, c *qmp.Client) error { return f(c) })
		}
		return func(ctx context.Context) error {
			return send(ctx, func(c *qmp.Client) error { return c.Cont(ctx) })
		}, send(ctx, func(c *qmp.Client) error { return c.Stop(ctx) })
	})
}

// Freeze suspends the machine for a time.
func (m *Machine) Freeze(ctx context.Context, d time.Duration) error {
	end, err := m.Suspend(ctx)
	if err != nil {
		return err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoLimit)
	defer cancel()
	return cmp.Or(err, end(longer))
}

// guestDoes runs a script of the driver in the guest. What the script prints explains its failure.
func (m *Machine) guestDoes(ctx context.Context, script string) error {
	r, err := m.Execute(ctx, script, ExecuteOptions{Timeout: defaultTimeout})
	if err == nil && r.Status != 0 {
		err = &ArgumentError{Machine: m.o.Name, Message: strings.TrimSpace(r.Output)}
	}
	return err
}

// guestFault makes a fault by a script in the guest, and ends it by another one. A machine that has ended since then, or was
// started anew, has the fault no more.
func (m *Machine) guestFault(ctx context.Context, call, text, begin, end string) (End, error) {
	if err := m.virtual(ctx, call); err != nil {
		return nil, err
	}
	return m.fault(ctx, &fault{text: text}, func(ctx context.Context) (End, error) {
		inst := m.instance()
		err := m.guestDoes(ctx, begin)
		return func(ctx context.Context) error {
			if inst != m.instance() {
				return nil
			}
			return m.guestDoes(ctx, end)
		}, err
	})
}

// ClockJump sets the guest's clock forward, or back if d is negative, by whole seconds. Its end sets the clock by as much in the
// other direction.
func (m *Machine) ClockJump(ctx context.Context, d time.Duration) (End, error) {
	seconds := int64(d / time.Second)
	if seconds == 0 || d%time.Second != 0 {
		return nil, &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("clock_jump by %v: want whole seconds", d)}
	}
	set := func(by int64) string {
		return fmt.Sprintf(`t=$(($(date +%%s) + %d)); date -u -s "@$t.$(date +%%N)" >/dev/null 2>&1 || date -u -s "@$t" >/dev/null || { echo "the guest's clock can't be set"; exit 1; }`, by)
	}
	return m.guestFault(ctx, "clock_jump", fmt.Sprintf("clock is %+d s off", seconds), set(seconds), set(-seconds))
}

// maxDrift is how much Linux lets a clock run faster or slower, in millionths (adjtimex(2): tick may differ by a tenth).
const maxDrift = 100_000

// ClockDrift makes the guest's clocks run faster, or slower if ppm is negative, by so many millionths. The guest needs the
// program adjtimex, of busybox or of the package of that name, or perl.
func (m *Machine) ClockDrift(ctx context.Context, ppm int) (End, error) {
	if ppm < -maxDrift || ppm > maxDrift {
		return nil, &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("clock_drift by %d ppm: Linux takes from %d to %d", ppm, -maxDrift, maxDrift)}
	}
	return m.guestFault(ctx, "clock_drift", fmt.Sprintf("clock runs %+d ppm off", ppm), driftScript(ppm), driftScript(0))
}

// driftScript returns a script that makes the clock run faster. A tick is a hundredth of a second, in microseconds; freq counts
// millionths, in units of 1/65536.
func driftScript(ppm int) string {
	tick, freq := 10_000+ppm/100, ppm%100<<16
	return fmt.Sprintf(`for p in "busybox adjtimex" adjtimex; do
$p -t %[1]d -f %[2]d >/dev/null 2>&1 && exit 0
done
case $(uname -m) in x86_64) n=159 ;; aarch64|riscv64) n=171 ;; *) n= ;; esac
[ -n "$n" ] && perl -e 'my $t = pack("Lx4 q4 l x4 q6 x112", 0x4002, 0, %[2]d, 0, 0, 0, 0, 0, 0, 0, 0, %[1]d); exit(syscall('$n', $t) < 0)' 2>/dev/null && exit 0
echo "the clock of the guest can't be made to drift: that needs adjtimex or perl in the guest"; exit 1`, tick, freq)
}
