package machine

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
)

// axisMost is the largest position on a tablet's axis.
const axisMost = 32767

// tabletWait is how long a click waits for the guest to read its tablet.
const tabletWait = 10 * time.Second

// pointerPause is the time between the steps of a click: without it a guest may see the button before the pointer has
// moved.
const pointerPause = 50 * time.Millisecond

// ClickText waits for text on the screen and clicks in the middle of its first match with a button (left, middle,
// right). It returns where the text was. The machine needs a tablet (usb-tablet, virtio-tablet-pci).
func (m *Machine) ClickText(ctx context.Context, re Pattern, button string, w Wait) (ocr.Found, error) {
	if !slices.Contains([]string{"left", "middle", "right"}, button) {
		return ocr.Found{}, fmt.Errorf("%s: there is no mouse button %q: use left, middle or right", m.o.Name, button)
	}
	found, err := m.waitForText(ctx, re, w, "click_text")
	if err != nil {
		return ocr.Found{}, err
	}
	if len(found) == 0 {
		return ocr.Found{}, fmt.Errorf("%s: click_text: %s matches the empty text only, which is nowhere on the screen", m.o.Name, re)
	}
	f := found[0]
	return f, m.Click(ctx, f.Box.Min.Add(f.Box.Size().Div(2)), button)
}

// Click moves the pointer to a position on the screen, in pixels, and clicks there.
func (m *Machine) Click(ctx context.Context, at image.Point, button string) (err error) {
	ctx, span := m.entry(ctx, report.ActionInput, "clicking %s at %v", button, at)
	defer func() { span.End(err) }()
	img, err := m.Screen(ctx)
	if err != nil {
		return err
	}
	size := img.Bounds().Size()
	return m.withMonitor(ctx, "click", func(ctx context.Context, c *qmp.Client) error {
		if err := m.pointerReady(ctx, c); err != nil {
			return err
		}
		axis := func(v, n int) int { return (2*v + 1) * axisMost / (2 * max(1, n)) }
		for _, step := range [][]qmp.InputEvent{
			{qmp.AbsEvent("x", axis(at.X, size.X)), qmp.AbsEvent("y", axis(at.Y, size.Y))},
			{qmp.ButtonEvent(button, true)}, {qmp.ButtonEvent(button, false)},
		} {
			if err := c.InputSendEvent(ctx, step...); err != nil {
				return err
			}
			if err := pause(ctx, pointerPause); err != nil {
				return err
			}
		}
		return nil
	})
}

// Pointer moves the pointer to a position, in parts of the screen's width and height from 0 to 1, and presses or releases
// a button there (left, middle, right, wheel-up, wheel-down); the empty button only moves. It writes nothing into the log.
func (m *Machine) Pointer(ctx context.Context, x, y float64, button string, down bool) error {
	if button != "" && !slices.Contains([]string{"left", "middle", "right", "wheel-up", "wheel-down"}, button) {
		return fmt.Errorf("%s: there is no mouse button %q", m.o.Name, button)
	}
	return m.withMonitor(ctx, "click", func(ctx context.Context, c *qmp.Client) error {
		if err := m.pointerReady(ctx, c); err != nil {
			return err
		}
		axis := func(v float64) int { return int(min(max(v, 0), 1) * axisMost) }
		if err := c.InputSendEvent(ctx, qmp.AbsEvent("x", axis(x)), qmp.AbsEvent("y", axis(y))); err != nil || button == "" {
			return err
		}
		if down {
			if err := pause(ctx, pointerPause); err != nil {
				return err
			}
		}
		return c.InputSendEvent(ctx, qmp.ButtonEvent(button, down))
	})
}

// pointerReady waits until QEMU sends pointer events to a device with absolute positions. Until the guest's driver
// reads a tablet, QEMU prefers the mouse: a click would go to the mouse's current position.
func (m *Machine) pointerReady(ctx context.Context, c *qmp.Client) error {
	type pointer struct{ Absolute, Current bool }
	for began := time.Now(); ; {
		mice, err := qmp.Query[[]pointer](ctx, c, "query-mice", nil)
		if err != nil {
			return err
		}
		if slices.Contains(mice, pointer{Absolute: true, Current: true}) {
			return nil
		}
		if !slices.ContainsFunc(mice, func(p pointer) bool { return p.Absolute }) {
			return errors.New(m.o.Name + ": a click needs a pointer that can be placed: start QEMU with -device virtio-tablet-pci or -device usb-ehci -device usb-tablet")
		}
		if time.Since(began) > tabletWait {
			return fmt.Errorf("%s: the guest has not begun to read the tablet in %v: does it have a driver for it (virtio_input, usbhid)?", m.o.Name, tabletWait)
		}
		if err := pause(ctx, pointerPause); err != nil {
			return err
		}
	}
}
