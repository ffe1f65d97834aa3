package machine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/keys"
	"github.com/gotest-driver/gotest-driver/report"
)

// keyPause is the time between two keys: long enough for a slow guest to read the keyboard controller's queue of 16
// bytes, to which a key adds two and a chord of two keys four.
const keyPause = 20 * time.Millisecond

// SendKey presses a key or a chord, named as QEMU does ("ret", "ctrl-alt-delete"); it also accepts a printable
// character of the US layout and a hexadecimal scan code ("0x1d"). It waits delay afterwards; log says whether the call
// has an entry in the log.
func (m *Machine) SendKey(ctx context.Context, key string, delay time.Duration, log bool) error {
	chord, err := keys.Parse(key)
	if err != nil {
		return &ArgumentError{Machine: m.o.Name, Message: err.Error()}
	}
	return m.keyboard(ctx, "send_key", func(ctx context.Context, kb Keyboard) (err error) {
		if log {
			var span *report.Span
			ctx, span = m.entry(ctx, report.ActionInput, "sending key '%s'", key)
			defer func() { span.End(err) }()
		}
		return m.press(ctx, kb, chord, delay)
	})
}

// SendChars types text on a US keyboard, waiting delay after each key. It types nothing if one of the characters is not
// on that keyboard.
func (m *Machine) SendChars(ctx context.Context, text string, delay time.Duration) error {
	var list [][]string
	for _, r := range text {
		k, ok := keys.OfCharacter(r)
		if !ok {
			return &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("%q can't be typed on a US keyboard", r)}
		}
		list = append(list, strings.Split(k, "-"))
	}
	return m.keyboard(ctx, "send_chars", func(ctx context.Context, kb Keyboard) error {
		ctx, span := m.entry(ctx, report.ActionInput, "sending keys %q", text)
		for _, chord := range list {
			if err := m.press(ctx, kb, chord, delay); err != nil {
				span.End(err)
				return err
			}
		}
		span.End(nil)
		return nil
	})
}

func (m *Machine) press(ctx context.Context, kb Keyboard, chord []string, delay time.Duration) error {
	if err := kb.SendKey(ctx, chord); err != nil {
		return err
	}
	return pause(ctx, keyPause+delay)
}

func (m *Machine) keyboard(ctx context.Context, call string, f func(context.Context, Keyboard) error) error {
	return m.running(ctx, call, func(ctx context.Context, inst Instance) error {
		kb, ok := inst.(Keyboard)
		if !ok {
			return m.unsupported(call)
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
