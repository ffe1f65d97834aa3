package machine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// doneContext returns a context that is cancelled when the instance has ended.
func doneContext(i Instance) context.Context { return instanceContext{context.Background(), i} }

type instanceContext struct {
	context.Context
	i Instance
}

func (c instanceContext) Done() <-chan struct{} { return c.i.Done() }

func (c instanceContext) Err() error {
	select {
	case <-c.i.Done():
		return context.Canceled
	default:
		return nil
	}
}

// died returns an error that says why an instance that a call needs has ended.
func (m *Machine) died(i Instance) error {
	reason := "it has powered off"
	err := i.Err()
	if err != nil {
		reason = err.Error()
	} else if e, ok := i.(Ender); ok {
		reason = e.Ending()
	}
	return &DiedError{Machine: m.o.Name, Reason: reason, Console: m.console.Tail(20), Ordered: err == nil}
}

// endedBadly reports whether the machine has ended in another way than by a power-off.
func (m *Machine) endedBadly() bool {
	if m.instance() != nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.inst != nil && m.inst.Err() != nil
}

// alive returns the running instance and a context that ends with it; the context's cause is then a DiedError. It
// starts a machine that has not been started before.
func (m *Machine) alive(ctx context.Context, call string) (context.Context, context.CancelFunc, Instance, error) {
	if m.instance() == nil {
		m.mu.Lock()
		before, closed := m.inst, m.closed
		m.mu.Unlock()
		if closed {
			return nil, nil, nil, &NotRunningError{Machine: m.o.Name, Call: call}
		}
		if before != nil && before.Err() != nil {
			return nil, nil, nil, m.died(before)
		}
		if err := m.Start(ctx, StartConfig{}); err != nil {
			return nil, nil, nil, err
		}
	}
	m.mu.Lock()
	inst := m.inst
	m.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(doneContext(inst), func() { cancel(m.died(inst)) })
	return ctx, func() { stop(); cancel(nil) }, inst, nil
}

// cause replaces an error that the end of a context has caused by the context's cause.
func cause(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if c := context.Cause(ctx); c != nil && ctx.Err() != nil {
		return c
	}
	return err
}

// Connect waits for the root shell as long as the guest boots (Options.BootTimeout). Calls that need the shell do it
// themselves.
func (m *Machine) Connect(ctx context.Context) error {
	ctx, cancel, inst, err := m.alive(ctx, "connect")
	if err != nil {
		return err
	}
	defer cancel()
	return m.connect(ctx, inst)
}

// withShell connects and calls f with a context that ends with the machine.
func (m *Machine) withShell(ctx context.Context, call string, f func(context.Context, Instance) error) error {
	ctx, cancel, inst, err := m.alive(ctx, call)
	if err != nil {
		return err
	}
	defer cancel()
	if err := m.connect(ctx, inst); err != nil {
		return err
	}
	return m.explain(ctx, inst, f(ctx, inst))
}

// explain finds the reason of an error: the end of the context or of the machine. A broken connection is noticed a
// moment before the end of the process behind it.
func (m *Machine) explain(ctx context.Context, inst Instance, err error) error {
	if err == nil || ctx.Err() != nil {
		return cause(ctx, err)
	}
	var lost *shell.LostError
	var busy *shell.BusyError
	if errors.As(err, &lost) || errors.As(err, &busy) {
		return fmt.Errorf("%s: %w", m.o.Name, err)
	}
	var gone *qmp.DisconnectedError
	var before *explained
	if errDead(err) || errors.As(err, &gone) && !errors.As(err, &before) {
		select {
		case <-inst.Done():
			return m.died(inst)
		case <-time.After(time.Second):
		case <-ctx.Done():
			return cause(ctx, err)
		}
		if errDead(err) {
			return &DiedError{Machine: m.o.Name, Reason: err.Error(), Console: m.console.Tail(20)}
		}
		return &explained{err}
	}
	return err
}

// explained is an error of a connection whose machine has not ended. Code that finds one need not wait for that end
// again.
type explained struct{ error }

func (e *explained) Unwrap() error { return e.error }

// running calls f if the machine runs, with a context that ends with it.
func (m *Machine) running(ctx context.Context, call string, f func(context.Context, Instance) error) error {
	if m.instance() == nil {
		m.mu.Lock()
		before := m.inst
		m.mu.Unlock()
		if before != nil && before.Err() != nil {
			return m.died(before)
		}
		return &NotRunningError{Machine: m.o.Name, Call: call}
	}
	ctx, cancel, inst, err := m.alive(ctx, call)
	if err != nil {
		return err
	}
	defer cancel()
	return m.explain(ctx, inst, f(ctx, inst))
}

func (m *Machine) unsupported(call string) error {
	return &UnsupportedError{Machine: m.o.Name, Kind: m.o.Backend.Kind(), Call: call}
}
