package machine

import (
	"cmp"
	"context"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/keys"
	"github.com/gotest-driver/gotest-driver/report"
)

// keyPause is the time between two keys: long enough for a slow guest to read the keyboard controller's queue of 16
// bytes, to which a key adds two and a chord of two keys four.
const keyPause = 20 * time.Millisecond

// KeyOptions are the choices of SendKey and SendChars. The zero value is useful.
type KeyOptions struct {
	// Delay is the time to wait after each key.
	Delay time.Duration
	// Layout names the keyboard's layout that the guest expects, such as "de"; empty: that of the machine.
	Layout string
	// Quiet leaves SendKey out of the log.
	Quiet bool
}

// SendKey presses a key or a chord, named as QEMU does ("ret", "ctrl-alt-delete"); a single character stands for what
// types it in the layout, and a hexadecimal scan code ("0x1d") for itself. The error is an [*ArgumentError] when there is
// no such key or layout.
func (m *Machine) SendKey(ctx context.Context, key string, o KeyOptions) error {
	layout, err := m.layout(o.Layout)
	if err != nil {
		return err
	}
	chords, err := layout.Parse(key)
	if err != nil {
		return &ArgumentError{Machine: m.o.Name, Message: err.Error()}
	}
	return m.keyboard(ctx, "send_key", layout, func(ctx context.Context, kb Keyboard) (err error) {
		if !o.Quiet {
			var span *report.Span
			ctx, span = m.entry(ctx, report.ActionInput, "sending key '%s'", key)
			defer func() { span.End(err) }()
		}
		return press(ctx, kb, chords, o.Delay)
	})
}

// SendChars types text. It types nothing, and returns an [*ArgumentError], if one of the characters can't be typed with
// the layout.
func (m *Machine) SendChars(ctx context.Context, text string, o KeyOptions) error {
	layout, err := m.layout(o.Layout)
	if err != nil {
		return err
	}
	var list []keys.Chord
	for _, r := range text {
		chords, err := layout.Chords(r)
		if err != nil {
			return &ArgumentError{Machine: m.o.Name, Message: err.Error()}
		}
		list = append(list, chords...)
	}
	return m.keyboard(ctx, "send_chars", layout, func(ctx context.Context, kb Keyboard) error {
		ctx, span := m.entry(ctx, report.ActionInput, "sending keys %q", text)
		err := press(ctx, kb, list, o.Delay)
		span.End(err)
		return err
	})
}

// layout returns a layout by its name, that of the machine for the empty one.
func (m *Machine) layout(name string) (*keys.Layout, error) {
	l, err := keys.LayoutNamed(cmp.Or(name, m.o.Keyboard))
	if err != nil {
		return nil, &ArgumentError{Machine: m.o.Name, Message: err.Error()}
	}
	return l, nil
}

// press presses chords one after the other, and waits after each.
func press(ctx context.Context, kb Keyboard, chords []keys.Chord, delay time.Duration) error {
	for _, c := range chords {
		if err := kb.SendKey(ctx, c); err != nil {
			return err
		}
		if err := pause(ctx, keyPause+delay); err != nil {
			return err
		}
	}
	return nil
}

func (m *Machine) keyboard(ctx context.Context, call string, layout *keys.Layout, f func(context.Context, Keyboard) error) error {
	return m.running(ctx, call, func(ctx context.Context, inst Instance) error {
		kb, ok := inst.(Keyboard)
		if !ok {
			return m.unsupported(call)
		}
		if _, symbols := inst.(SymbolKeyboard); symbols && layout.Name() != keys.US {
			return m.unsupported(call + " with the keyboard layout " + layout.Name())
		}
		return f(ctx, kb)
	})
}

// pause sleeps on the host.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
