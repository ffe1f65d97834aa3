package machine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// DefaultBootTimeout is the value of Options.BootTimeout that is 0.
const DefaultBootTimeout = 300 * time.Second

const (
	// emulatedBoot is how many times longer an emulated guest may show no sign of a boot.
	emulatedBoot = 2
	// longestBoot is how many of these times a boot may take in all: a guest may write for ever and have no root shell.
	longestBoot = 4

	bootLook     = time.Second // the longest time between two looks for signs
	maxExplained = 10000       // lines of the console

	bootHint = 30 * time.Second // how often Connect reports that it waits
)

// BootSigns are what a machine shows of its guest's boot, beside the console.
type BootSigns struct {
	Reads    int64         // what the guest has read from its disks, in any unit
	Used     time.Duration // the processor time that the machine has used
	Emulated bool          // the guest is emulated, which makes its boot slower
}

// bootWatch finds out whether a boot goes on.
type bootWatch struct {
	timeout     time.Duration
	begin, last time.Time // of the wait, and of the last sign
	console     int64     // the console's length at that time
	signs       BootSigns
}

// limit is the longest time without a sign.
func (w *bootWatch) limit() time.Duration {
	if w.signs.Emulated {
		return emulatedBoot * w.timeout
	}
	return w.timeout
}

// look takes what the machine shows now, and returns an error when the boot does not go on.
func (w *bootWatch) look(now time.Time, console int64, s BootSigns) error {
	if console != w.console || s.Reads != w.signs.Reads {
		w.last, w.console, w.signs = now, console, s
	}
	silent, limit := now.Sub(w.last), w.limit()
	switch {
	case silent >= limit:
		return fmt.Errorf("no root shell after %.0f s, and no sign of a boot for %.0f s: nothing was written on the console or read from "+
			"a disk, while %.0f s of processor time were used (boot_timeout is %g s%s)", now.Sub(w.begin).Seconds(), silent.Seconds(),
			(s.Used - w.signs.Used).Seconds(), w.timeout.Seconds(), w.twice())
	case now.Sub(w.begin) >= longestBoot*limit:
		return fmt.Errorf("no root shell after %.0f s: the guest boots, but has not printed the backdoor's greeting on the virtio console; "+
			"does it run the backdoor service? (a boot may take %d times the boot_timeout, which is %g s%s)", now.Sub(w.begin).Seconds(),
			longestBoot, w.timeout.Seconds(), w.twice())
	}
	return nil
}

// twice explains the limit of an emulated guest.
func (w *bootWatch) twice() string {
	if w.signs.Emulated {
		return ", and twice that for an emulated guest"
	}
	return ""
}

// stalledError says why a boot does not go on.
type stalledError struct{ error }

// watchBoot looks for signs of a boot until ctx ends, and ends it by a *stalledError when there are none.
func (m *Machine) watchBoot(ctx context.Context, cancel context.CancelCauseFunc, inst Instance) {
	w := bootWatch{timeout: m.o.BootTimeout, begin: time.Now(), console: -1}
	look := time.NewTicker(min(bootLook, max(w.timeout/10, time.Millisecond)))
	defer look.Stop()
	hint := time.NewTicker(bootHint)
	defer hint.Stop()
	for {
		var s BootSigns
		if b, ok := inst.(BootWatcher); ok {
			asked, stop := context.WithTimeout(ctx, bootLook)
			var err error
			if s, err = b.BootSigns(asked); err != nil {
				s = w.signs // a monitor that does not answer is no sign
			}
			stop()
		}
		if err := w.look(time.Now(), m.console.Size(), s); err != nil {
			cancel(&stalledError{err})
			return
		}
		select {
		case <-look.C:
		case <-hint.C:
			m.logf(ctx, report.Warning, "no root shell after %.0f s: does the guest run the backdoor service, and is its console (see the serial log) still moving?", time.Since(w.begin).Seconds())
		case <-ctx.Done():
			return
		}
	}
}

// explained returns the ways into the guest that have been tried, for the error.
func (m *Machine) explained(ctx context.Context, inst Instance) string {
	e, ok := inst.(Explainer)
	if !ok {
		return ""
	}
	ctx, stop := context.WithTimeout(ctx, bootLook)
	defer stop()
	console, _ := m.console.Log() // without it, less is known
	ways := e.Explain(ctx, console)
	if len(ways) == 0 {
		return ""
	}
	return "\nthe ways to a root shell that were tried (access):\n  " + strings.Join(ways, "\n  ")
}

func (m *Machine) connect(ctx context.Context, inst Instance) (err error) {
	if m.Connected() {
		return nil
	}
	ctx, span := m.o.Log.Begin(ctx, report.Entry{Action: report.ActionWait, Machine: m.o.Name, Text: "waiting for the VM to finish booting"})
	defer func() { span.End(err) }()
	start := time.Now()
	watched, cancel := context.WithCancelCause(ctx)
	watcher := make(chan struct{})
	go func() {
		defer close(watcher)
		m.watchBoot(watched, cancel, inst)
	}()
	ended := shells(inst)
	err = m.explain(watched, inst, inst.Connect(watched))
	cancel(nil)
	<-watcher
	var stalled *stalledError
	if errors.As(err, &stalled) {
		return &DiedError{Machine: m.o.Name, Reason: stalled.Error() + m.explained(ctx, inst), Console: m.console.Tail(50)}
	}
	if err != nil {
		return err
	}
	m.mu.Lock()
	if m.inst == inst {
		m.up, m.shells = true, ended
	}
	m.mu.Unlock()
	m.logf(ctx, report.Info, "connected to guest root shell (after %.2f seconds)", time.Since(start).Seconds())
	m.state(report.StateUp)
	return nil
}
