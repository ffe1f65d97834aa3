package qmp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// HumanMonitor runs a line of the human monitor (HMP) and returns its answer. HMP reports failures in
// that text, not as an error.
func (c *Client) HumanMonitor(ctx context.Context, line string) (string, error) {
	return Query[string](ctx, c, "human-monitor-command", map[string]string{"command-line": line})
}

// QueryStatus returns the run state of the machine: "running", "paused", "shutdown"…
func (c *Client) QueryStatus(ctx context.Context) (Status, error) {
	return Query[Status](ctx, c, "query-status", nil)
}

// Status is the run state of a machine.
type Status struct {
	// Status is QEMU's name of the state: running, paused, shutdown, guest-panicked…
	Status string `json:"status"`
	// Running reports whether the virtual CPUs run.
	Running bool `json:"running"`
}

// SystemPowerdown presses the machine's power button (ACPI).
func (c *Client) SystemPowerdown(ctx context.Context) error {
	return c.order(ctx, "system_powerdown", nil)
}

// SystemReset presses the machine's reset button.
func (c *Client) SystemReset(ctx context.Context) error {
	return c.order(ctx, "system_reset", nil)
}

// Quit ends QEMU at once. It is no error when QEMU closes the connection before it answers.
func (c *Client) Quit(ctx context.Context) error {
	_, err := c.Execute(ctx, "quit", nil)
	var gone *DisconnectedError
	if errors.As(err, &gone) {
		return nil
	}
	return err
}

// Cont resumes a paused machine.
func (c *Client) Cont(ctx context.Context) error { return c.order(ctx, "cont", nil) }

// Stop pauses the machine.
func (c *Client) Stop(ctx context.Context) error { return c.order(ctx, "stop", nil) }

// order runs a command that has no result.
func (c *Client) order(ctx context.Context, command string, args any) error {
	_, err := c.Execute(ctx, command, args)
	return err
}

// AddFile gives QEMU an open file, which it then knows by the returned path: it needs no rights over the file's own. AddFile
// takes over f and closes it. QEMU opens the path only in the mode in which f is open. The connection must be a Unix socket.
// RemoveFile ends it.
func (c *Client) AddFile(ctx context.Context, f *os.File) (path string, err error) {
	out, err := c.withFile(ctx, "add-fd", nil, f)
	if err != nil {
		return "", err
	}
	var set struct {
		ID int `json:"fdset-id"`
	}
	if err := json.Unmarshal(out, &set); err != nil {
		return "", fmt.Errorf("QMP add-fd: unexpected answer: %w", err)
	}
	return fmt.Sprintf("%s%d", fdset, set.ID), nil
}

// GetFD gives QEMU an open connection under a name, which the next command that names it uses up. GetFD takes over f and closes
// it. The connection to QEMU must be a Unix socket.
func (c *Client) GetFD(ctx context.Context, name string, f *os.File) error {
	_, err := c.withFile(ctx, "getfd", map[string]string{"fdname": name}, f)
	return err
}

// fdset begins the paths of files that QEMU has been given.
const fdset = "/dev/fdset/"

// RemoveFile ends what [Client.AddFile] began. What QEMU has opened by the path stays open.
func (c *Client) RemoveFile(ctx context.Context, path string) error {
	id, err := strconv.Atoi(strings.TrimPrefix(path, fdset))
	if err != nil {
		return fmt.Errorf("QMP remove-fd: %s is not from AddFile", path)
	}
	return c.order(ctx, "remove-fd", map[string]any{"fdset-id": id})
}

// ImageFormat is a format of [Client.Screendump].
type ImageFormat string

// The formats that QEMU can write.
const (
	PNG ImageFormat = "png"
	PPM ImageFormat = "ppm"
)

// Screendump writes a picture of the machine's screen to path, which QEMU opens itself. A QEMU without
// PNG (before 7.1, or built without it) writes PPM instead. Screendump returns the written format.
func (c *Client) Screendump(ctx context.Context, path string, format ImageFormat) (ImageFormat, error) {
	c.mu.Lock()
	noPNG := c.noPNG
	c.mu.Unlock()
	if format == PNG && !noPNG {
		_, err := c.Execute(ctx, "screendump", map[string]any{"filename": path, "format": "png"})
		var refused *Error
		if err == nil || !errors.As(err, &refused) {
			return PNG, err
		}
		// "Parameter 'format' is unexpected" before 7.1, "Enable PNG support with libpng for screendump" without libpng.
		if !strings.Contains(refused.Desc, "format") && !strings.Contains(refused.Desc, "PNG") {
			return PNG, err
		}
		c.mu.Lock()
		c.noPNG = true
		c.mu.Unlock()
	}
	_, err := c.Execute(ctx, "screendump", map[string]any{"filename": path})
	return PPM, err
}

// SendKey presses keys (QEMU's key codes: "ctrl", "a", "ret"…) at the same time and releases them after hold.
// QEMU answers at once; it plays the keys of several calls one after the other. A hold of 0 means
// QEMU's default, 100 ms.
func (c *Client) SendKey(ctx context.Context, keys []string, hold time.Duration) error {
	type key struct {
		Type string `json:"type"`
		Data string `json:"data"`
	}
	args := map[string]any{}
	list := make([]key, len(keys))
	for i, k := range keys {
		list[i] = key{"qcode", k}
	}
	args["keys"] = list
	if hold > 0 {
		args["hold-time"] = max(1, hold.Milliseconds())
	}
	return c.order(ctx, "send-key", args)
}

// InputEvent is one event of [Client.InputSendEvent]; see [KeyEvent], [ButtonEvent], [AbsEvent], [RelEvent].
type InputEvent struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

// KeyEvent presses or releases a key, by QEMU's key code.
func KeyEvent(qcode string, down bool) InputEvent {
	return InputEvent{"key", map[string]any{"down": down, "key": map[string]string{"type": "qcode", "data": qcode}}}
}

// ButtonEvent presses or releases a mouse button: left, middle, right, wheel-up, wheel-down…
func ButtonEvent(button string, down bool) InputEvent {
	return InputEvent{"btn", map[string]any{"down": down, "button": button}}
}

// AbsEvent places a tablet's pointer on an axis, "x" or "y"; value is from 0 to 32767.
func AbsEvent(axis string, value int) InputEvent {
	return InputEvent{"abs", map[string]any{"axis": axis, "value": value}}
}

// RelEvent moves a mouse along an axis, "x" or "y".
func RelEvent(axis string, value int) InputEvent {
	return InputEvent{"rel", map[string]any{"axis": axis, "value": value}}
}

// InputSendEvent sends input events to the machine, all at the same time.
func (c *Client) InputSendEvent(ctx context.Context, events ...InputEvent) error {
	return c.order(ctx, "input-send-event", map[string]any{"events": events})
}

// Commands returns the names of all commands of this QEMU.
func (c *Client) Commands(ctx context.Context) ([]string, error) {
	list, err := Query[[]struct {
		Name string `json:"name"`
	}](ctx, c, "query-commands", nil)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name
	}
	return names, nil
}

// DecodeNumbers decodes JSON from QEMU and keeps its numbers exact, as json.Number.
func DecodeNumbers(data json.RawMessage) (any, error) {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}
