package machine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/report"
)

// faults are what is wrong with a machine on purpose, for the log.
type faults struct {
	mu  sync.Mutex
	now []*fault // in the order in which they began
}

// fault is one thing that is wrong.
type fault struct {
	text  string
	key   any    // names it for end
	stays bool   // a new start of the machine does not end it
	of    string // the disk that it is of; empty: none
	undo  End    // nil: its maker ends it
}

// cables is the key of the cables that Block has unplugged.
const cables = "cables"

func (f *faults) begin(ctx context.Context, m *Machine, x *fault) {
	f.change(ctx, m, func() { f.now = append(f.now, x) })
}

// end ends the fault of a key, if there is one.
func (f *faults) end(ctx context.Context, m *Machine, key any) {
	f.change(ctx, m, func() { f.now = slices.DeleteFunc(f.now, func(x *fault) bool { return x.key == key }) })
}

// started ends the faults of an instance that has ended, and tells those that the next one has, too.
func (f *faults) started(m *Machine) {
	f.change(context.Background(), m, func() { f.now = slices.DeleteFunc(f.now, func(x *fault) bool { return !x.stays }) })
}

// change calls fn and tells what is wrong then, unless nothing is and was.
func (f *faults) change(ctx context.Context, m *Machine, fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.now)
	fn()
	if before+len(f.now) == 0 {
		return
	}
	var all []string
	for _, x := range f.now {
		all = append(all, x.text)
	}
	m.o.Log.Emit(ctx, report.Event{Kind: report.Fault, Machine: m.o.Name, Text: strings.Join(all, "; ")})
}

// An End ends a fault. To call it again, or when the machine has ended, does nothing.
type End func(ctx context.Context) error

// fault makes a fault: begin makes it and returns what ends it. Both have an entry in the log.
func (m *Machine) fault(ctx context.Context, x *fault, begin func(context.Context) (End, error)) (_ End, err error) {
	ctx, span := m.entry(ctx, report.ActionMachine, "%s", x.text)
	defer func() { span.End(err) }()
	undo, err := begin(ctx)
	if err != nil {
		return nil, err
	}
	var once sync.Once
	x.key = x
	x.undo = func(ctx context.Context) (err error) {
		once.Do(func() {
			ctx, span := m.entry(ctx, report.ActionMachine, "end of %s", x.text)
			err = undo(ctx)
			m.faults.end(ctx, m, x)
			span.End(err)
		})
		return err
	}
	m.faults.begin(ctx, m, x)
	return x.undo, nil
}

// undo ends the faults that which accepts, the last one first.
func (f *faults) undo(ctx context.Context, which func(*fault) bool) error {
	f.mu.Lock()
	list := slices.Clone(f.now)
	f.mu.Unlock()
	var errs []error
	for _, x := range slices.Backward(list) {
		if x.undo != nil && which(x) {
			errs = append(errs, x.undo(ctx))
		}
	}
	return errors.Join(errs...)
}

// PowerFailure ends the machine at once, and loses what the guest has not flushed to the disks that the driver serves. With torn,
// a random part of it survives, sector by sector. The disks keep the rest for the next start. It is no error if the machine has
// already ended: then nothing is lost.
func (m *Machine) PowerFailure(ctx context.Context, torn bool) (err error) {
	disks, err := m.servedDisks("power_failure")
	if err != nil {
		return err
	}
	if len(disks) == 0 {
		return &ArgumentError{Machine: m.o.Name, Message: "power_failure needs a disk that the driver serves, by create_machine(disk_faults = True) or add_disk: other disks lose nothing, which is what crash() is for"}
	}
	inst := m.instance()
	if inst == nil {
		return m.Crash(ctx)
	}
	ctx, span := m.entry(ctx, report.ActionMachine, "power failure")
	defer func() { span.End(err) }()
	for _, d := range disks {
		lost, kept, err := d.PowerFailure(torn)
		if err != nil {
			return fmt.Errorf("%s: disk %s: %w", m.o.Name, d.Name, err)
		}
		text := fmt.Sprintf("%s loses %d sectors that were not flushed", d.Name, lost)
		if torn {
			text += fmt.Sprintf(", and keeps %d more", kept)
		}
		m.logf(ctx, report.Info, "%s", text)
	}
	return m.end(inst)
}
