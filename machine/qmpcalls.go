package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
)

// withMonitor calls f with QEMU's monitor.
func (m *Machine) withMonitor(ctx context.Context, call string, f func(context.Context, *qmp.Client) error) error {
	return m.runningOrStart(ctx, call, func(ctx context.Context, inst Instance) error {
		mon, ok := inst.(Monitor)
		if !ok {
			return m.unsupported(call)
		}
		return f(ctx, mon.QMP())
	})
}

// MonitorCommand runs a command of QEMU's human monitor and returns its answer.
func (m *Machine) MonitorCommand(ctx context.Context, line string) (answer string, err error) {
	err = m.withMonitor(ctx, "send_monitor_command", func(ctx context.Context, c *qmp.Client) error {
		m.logf(ctx, report.Debug, "monitor: %s", line)
		answer, err = c.HumanMonitor(ctx, line)
		m.sent(strings.TrimSpace(line), err)
		answer = strings.ReplaceAll(answer, "\r\n", "\n")
		return err
	})
	return answer, err
}

// QMP runs a QMP command and returns its result. A refused command is a *qmp.Error.
func (m *Machine) QMP(ctx context.Context, command string, arguments any) (result json.RawMessage, err error) {
	err = m.withMonitor(ctx, "qmp", func(ctx context.Context, c *qmp.Client) error {
		result, err = c.Execute(ctx, command, arguments)
		m.sent(command, err)
		return err
	})
	return result, err
}

// sent makes the next call wait for the new shell if a monitor command has reset the guest.
func (m *Machine) sent(command string, err error) {
	m.mu.Lock()
	inst, allowed := m.inst, m.reboots
	m.mu.Unlock()
	if err == nil && allowed && command == "system_reset" {
		m.forgetShell(inst, shell.ReasonMonitor)
	}
}

// WaitForQMPEvent waits for an event for which accept returns true. It also sees events that came before the call.
func (m *Machine) WaitForQMPEvent(ctx context.Context, what string, accept func(qmp.Event) (bool, error), w Wait) (event qmp.Event, err error) {
	what = "waiting for QMP event " + what
	w.last = lastEvent
	err = m.withMonitor(ctx, "wait_for_qmp_event", func(ctx context.Context, c *qmp.Client) error {
		sub := c.Subscribe()
		defer sub.Close()
		last := "no event"
		return m.wait(ctx, what, w, func(ctx context.Context, _ bool) (bool, string, error) {
			for {
				ev, err := sub.Next(ctx)
				if err != nil {
					return false, last, cause(ctx, err)
				}
				last = fmt.Sprintf("event %s %v", ev.Name, ev.Data)
				if ok, err := accept(ev); ok || err != nil {
					event = ev
					return ok, last, err
				}
			}
		})
	})
	return event, err
}

// NextQMPEvent waits for an event that neither it nor QMPEvents has returned of this run of QEMU.
func (m *Machine) NextQMPEvent(ctx context.Context, w Wait) (event qmp.Event, err error) {
	w.most = 100 * time.Millisecond
	err = m.withMonitor(ctx, "wait_for_event", func(ctx context.Context, c *qmp.Client) error {
		return m.wait(ctx, "waiting for a QMP event", w, func(context.Context, bool) (ok bool, seen string, err error) {
			event, ok, err = m.unread.next(c)
			return ok, "no event", err
		})
	})
	return event, err
}

// QMPEvents returns the events that neither it nor NextQMPEvent has returned of this run of QEMU.
func (m *Machine) QMPEvents(ctx context.Context) (events []qmp.Event, err error) {
	err = m.withMonitor(ctx, "events", func(ctx context.Context, c *qmp.Client) error {
		for {
			e, ok, err := m.unread.next(c)
			if !ok {
				return err
			}
			events = append(events, e)
		}
	})
	return events, err
}

// unreadEvents reads the events of a connection, each once.
type unreadEvents struct {
	mu  sync.Mutex
	sub *qmp.Subscription
	c   *qmp.Client
}

// next returns the next event if it is there.
func (u *unreadEvents) next(c *qmp.Client) (event qmp.Event, ok bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.c != c {
		u.sub, u.c = c.Subscribe(), c
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // it does not wait
	event, err = u.sub.Next(ctx)
	if errors.Is(err, context.Canceled) {
		return event, false, nil
	}
	return event, err == nil, err
}

// ForwardPort forwards a TCP port of the host's loopback address to one of the guest.
func (m *Machine) ForwardPort(ctx context.Context, hostPort, guestPort int) error {
	return m.withMonitor(ctx, "forward_port", func(ctx context.Context, c *qmp.Client) error {
		ctx, span := m.entry(ctx, report.ActionNetwork, "forwarding host port %d to guest port %d", hostPort, guestPort)
		answer, err := c.HumanMonitor(ctx, fmt.Sprintf("hostfwd_add tcp:127.0.0.1:%d-:%d", hostPort, guestPort))
		if answer = strings.TrimSpace(answer); err == nil && answer != "" {
			hint := ""
			if hostPort < 1024 {
				hint = " (only root may use host ports below 1024, which QEMU is not, unless $GOTEST_QEMU_USER is root)"
			}
			err = fmt.Errorf("%s: host port %d can't be forwarded to guest port %d: %s%s", m.o.Name, hostPort, guestPort, answer, hint)
		}
		span.End(err)
		return err
	})
}

// Block unplugs the machine's VLAN cables; Unblock plugs them in again.
func (m *Machine) Block(ctx context.Context) error { return m.links(ctx, "block", false) }

// Unblock plugs the machine's VLAN cables in again.
func (m *Machine) Unblock(ctx context.Context) error { return m.links(ctx, "unblock", true) }

func (m *Machine) links(ctx context.Context, call string, up bool) error {
	return m.running(ctx, call, func(ctx context.Context, inst Instance) error {
		n, ok := inst.(Networker)
		if !ok {
			return m.unsupported(call)
		}
		text := "plugging the VLAN cables in"
		if !up {
			text = "unplugging the VLAN cables"
		}
		ctx, span := m.entry(ctx, report.ActionNetwork, "%s", text)
		err := n.SetVLANLinks(ctx, up)
		if err == nil {
			m.faults.end(ctx, m, cables)
			if !up {
				m.faults.begin(ctx, m, &fault{text: "VLAN cables unplugged", key: cables})
			}
		}
		span.End(err)
		return err
	})
}

// OnVLAN reports whether the machine has a card on a VLAN. A machine that does not run may get one when it starts.
func (m *Machine) OnVLAN(ctx context.Context, nr int) (bool, error) {
	on := true
	err := m.replug(ctx, func(r Replugger) (err error) {
		on, err = r.OnVLAN(ctx, nr)
		return err
	})
	return on, err
}

// PlugVLAN moves the machine's card on a VLAN to the switch with that control directory. It does nothing when the
// machine does not run.
func (m *Machine) PlugVLAN(ctx context.Context, nr int, socket string) error {
	return m.replug(ctx, func(r Replugger) error { return r.PlugVLAN(ctx, nr, socket) })
}

// replug calls f, unless the machine does not run. A power-off meanwhile is no error.
func (m *Machine) replug(ctx context.Context, f func(Replugger) error) error {
	inst := m.instance()
	if inst == nil {
		return nil
	}
	r, ok := inst.(Replugger)
	if !ok {
		return m.unsupported("moving a network card")
	}
	err := m.explain(ctx, inst, f(r))
	if died, ok := errors.AsType[*DiedError](err); ok && died.Ordered {
		return nil
	}
	return err
}
