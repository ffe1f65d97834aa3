package machine

import (
	"context"
	"fmt"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// WaitForShutdown waits until the machine has powered off, without asking it to. A timeout of 0 means no limit. It
// fails when the machine ended in another way, such as a crash of QEMU or a kernel panic.
func (m *Machine) WaitForShutdown(ctx context.Context, timeout time.Duration) (err error) {
	m.mu.Lock()
	inst := m.inst
	m.mu.Unlock()
	if inst == nil {
		return nil
	}
	ctx, span := m.o.Log.Begin(ctx, report.Entry{Action: report.ActionWait, Machine: m.o.Name,
		Text: "waiting for the VM to power off", Timeout: timeout})
	defer func() { span.End(err) }()
	return m.awaitEnd(ctx, inst, "waiting for the VM to power off", timeout)
}

func (m *Machine) awaitEnd(ctx context.Context, inst Instance, what string, timeout time.Duration) error {
	start := time.Now()
	var limit <-chan time.Time
	if timeout > 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		limit = t.C
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-inst.Done():
			m.mu.Lock()
			m.up = false
			m.mu.Unlock()
			if inst.Err() != nil {
				return m.died(inst)
			}
			return nil
		case <-limit:
			if m.instance() != inst { // the end and the time limit came together, as after this process was stopped
				limit = nil
				continue
			}
			return &TimeoutError{Machine: m.o.Name, What: what, Timeout: timeout, Elapsed: time.Since(start), Attempts: 1,
				Seen: "it still runs; its console ends with:\n" + joinLines(m.console.Tail(10))}
		case <-tick.C:
			if err := runTick(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Shutdown asks the guest to power off, through its root shell or, without one, by the power button, and waits until it
// has. It does nothing when the machine does not run. When the timeout (0: none) runs out, the machine keeps running.
func (m *Machine) Shutdown(ctx context.Context, timeout time.Duration) (err error) {
	inst := m.instance()
	if inst == nil {
		return nil
	}
	ctx, span := m.entry(ctx, report.ActionMachine, "waiting for the VM to power off")
	defer func() { span.End(err) }()
	start := time.Now()
	limit := DefaultBootTimeout
	if timeout > 0 {
		limit = min(limit, timeout)
	}
	if err := m.askPowerOff(ctx, inst, limit); err != nil {
		return err
	}
	if timeout > 0 {
		timeout = max(timeout-time.Since(start), time.Millisecond)
	}
	return m.awaitEnd(ctx, inst, "shutting down", timeout)
}

// askPowerOff returns once the guest has been asked, not when it is off. A guest that is still booting does not see the
// power button, so askPowerOff waits for its shell, at most for limit.
func (m *Machine) askPowerOff(ctx context.Context, inst Instance, limit time.Duration) error {
	sctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(doneContext(inst), cancel)
	defer stop()
	err := m.connect(sctx, inst)
	if m.instance() != inst {
		return nil
	}
	if err == nil {
		_, err = m.command(ctx, inst, shell.Command{Script: "poweroff", NoWait: true})
		if err == nil {
			return nil
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	m.logf(ctx, report.Warning, "the root shell is gone (%v): pressing the power button", err)
	if b, ok := inst.(PowerButton); ok {
		err := b.PowerButton(ctx)
		if err != nil && m.instance() == nil {
			return nil
		}
		return err
	}
	return m.unsupported("shutdown without a root shell")
}

// Crash ends the machine at once, as a power failure does. It is no error if the machine has already ended.
func (m *Machine) Crash(ctx context.Context) (err error) {
	inst := m.instance()
	if inst == nil {
		m.mu.Lock()
		m.inst, m.up = nil, false
		m.mu.Unlock()
		return nil
	}
	if _, ok := inst.(Monitor); !ok {
		return m.unsupported("crash")
	}
	_, span := m.entry(ctx, report.ActionMachine, "forced crash")
	defer func() { span.End(err) }()
	return m.end(inst)
}

// end ends an instance, as if the machine had not been started.
func (m *Machine) end(inst Instance) error {
	err := inst.Kill()
	m.mu.Lock()
	if m.inst == inst {
		m.inst, m.up = nil, false
	}
	m.mu.Unlock()
	return err
}

// Reboot presses Ctrl-Alt-Delete; the next call that needs the root shell connects to the new one.
func (m *Machine) Reboot(ctx context.Context) (err error) {
	return m.running(ctx, "reboot", func(ctx context.Context, inst Instance) error {
		r, ok := inst.(Rebooter)
		if !ok {
			return m.unsupported("reboot")
		}
		m.mu.Lock()
		allowed := m.reboots
		m.mu.Unlock()
		if !allowed {
			return fmt.Errorf("%s: reboot needs a machine that was started with start(allow_reboot=True), else the reboot ends QEMU", m.o.Name)
		}
		ctx, span := m.entry(ctx, report.ActionMachine, "rebooting")
		m.forgetShell(inst, shell.ReasonReset)
		err := r.Reboot(ctx)
		span.End(err)
		return err
	})
}

// SwitchRoot leaves stage 1 (the backdoor in a systemd initrd) for stage 2 and connects to the root shell there.
func (m *Machine) SwitchRoot(ctx context.Context) error {
	if err := m.WaitForUnit(ctx, "initrd.target", UnitOptions{}, Wait{Timeout: defaultTimeout}); err != nil {
		return err
	}
	return m.withShell(ctx, "switch_root", func(ctx context.Context, inst Instance) error {
		if _, ok := inst.(Reconnecter); !ok {
			return m.unsupported("switch_root")
		}
		ctx, span := m.entry(ctx, report.ActionMachine, "switching to stage 2")
		_, err := m.command(ctx, inst, shell.Command{Script: "systemctl isolate --no-block initrd-switch-root.target", NoWait: true})
		if err == nil {
			m.forgetShell(inst, "the guest has switched to stage 2 meanwhile")
			err = m.connect(ctx, inst)
		}
		span.End(err)
		return err
	})
}

// forgetShell makes the next call wait for a new shell; reason is why the previous one ended.
func (m *Machine) forgetShell(inst Instance, reason string) {
	m.mu.Lock()
	m.up = false
	m.mu.Unlock()
	if r, ok := inst.(Reconnecter); ok {
		r.ForgetShell(reason)
	}
	m.state(report.StateBooting)
}

// IsUp reports whether the machine has booted and its root shell is connected.
func (m *Machine) IsUp() bool { return m.Booted() && m.Connected() }

// Sleep sleeps for the duration d in the guest's time.
func (m *Machine) Sleep(ctx context.Context, d time.Duration) error {
	_, err := m.Succeed(ctx, fmt.Sprintf("sleep %g", d.Seconds()), 0)
	return err
}
