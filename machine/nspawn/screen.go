package nspawn

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image/png"
	"strings"
)

// inContainer runs a shell script in the container, beside the root shell, and returns its output.
func (i *instance) inContainer(ctx context.Context, script string) ([]byte, error) {
	cmd := i.enter(ctx, inBackground("( "+script+" )\necho \" $?\""))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := filtered(cmd.Run); err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	out := bytes.TrimSuffix(stdout.Bytes(), []byte("\n"))
	at := bytes.LastIndexByte(out, ' ')
	if at < 0 {
		return nil, errors.New("the container has ended")
	}
	switch status := string(out[at+1:]); status {
	case "0":
		return out[:at], nil
	case "127":
		return nil, fmt.Errorf("%w: %s", errNoTool, trimmed(stderr.Bytes()))
	default:
		return nil, fmt.Errorf("exit status %s: %s", status, trimmed(stderr.Bytes()))
	}
}

var errNoTool = errors.New("the container lacks a program")

// Screenshot takes a picture of the container's X display.
func (i *instance) Screenshot(ctx context.Context) ([]byte, error) {
	dump, err := i.inContainer(ctx, "exec xwd -root -silent")
	if err != nil {
		return nil, fmt.Errorf("%s: a container's screen is its X display, which can't be dumped: %w", i.o.Name, err)
	}
	img, err := decodeXWD(dump)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.o.Name, err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// SendKey presses keys together on the container's X display.
func (i *instance) SendKey(ctx context.Context, keys []string) error {
	var down, up []string
	for _, k := range keys {
		sym, ok := keysym(k)
		if !ok {
			return fmt.Errorf("%s: the key %s does not exist in X", i.o.Name, k)
		}
		down = append(down, "keydown "+sym)
		up = append([]string{"keyup " + sym}, up...)
	}
	_, err := i.inContainer(ctx, fmt.Sprintf("exec xdotool %s %s", strings.Join(down, " "), strings.Join(up, " ")))
	if err != nil {
		return fmt.Errorf("%s: a container's keyboard is that of its X display, which can't be reached: %w", i.o.Name, err)
	}
	return nil
}

// NoLayouts says that the keys are X's symbols: xdotool finds the keys that have them.
func (i *instance) NoLayouts() {}

// keysyms are the names in X (keysymdef.h) of keys that have another name in QEMU; keys of one letter or digit, f1 to
// f24 and kp_0 to kp_9 follow rules.
var keysyms = map[string]string{
	"shift": "Shift_L", "shift_r": "Shift_R", "ctrl": "Control_L", "ctrl_r": "Control_R", "alt": "Alt_L", "alt_r": "Alt_R",
	"meta_l": "Super_L", "meta_r": "Super_R", "menu": "Menu", "compose": "Multi_key", "esc": "Escape", "minus": "minus", "equal": "equal",
	"backspace": "BackSpace", "tab": "Tab", "bracket_left": "bracketleft", "bracket_right": "bracketright", "ret": "Return",
	"semicolon": "semicolon", "apostrophe": "apostrophe", "grave_accent": "grave", "backslash": "backslash", "comma": "comma",
	"dot": "period", "slash": "slash", "asterisk": "KP_Multiply", "spc": "space", "caps_lock": "Caps_Lock", "num_lock": "Num_Lock",
	"scroll_lock": "Scroll_Lock", "sysrq": "Print", "print": "Print", "pause": "Pause", "less": "less", "home": "Home", "end": "End", "pgup": "Prior",
	"pgdn": "Next", "left": "Left", "right": "Right", "up": "Up", "down": "Down", "insert": "Insert", "delete": "Delete",
	"kp_divide": "KP_Divide", "kp_multiply": "KP_Multiply", "kp_subtract": "KP_Subtract", "kp_add": "KP_Add", "kp_enter": "KP_Enter",
	"kp_decimal": "KP_Decimal", "kp_comma": "KP_Separator", "kp_equals": "KP_Equal", "volumeup": "XF86AudioRaiseVolume",
	"volumedown": "XF86AudioLowerVolume", "audiomute": "XF86AudioMute",
}

// keysym returns X's name of a key that QEMU calls key.
func keysym(key string) (string, bool) {
	if s, ok := keysyms[key]; ok {
		return s, true
	}
	var n int
	if _, err := fmt.Sscanf(key, "f%d", &n); err == nil && n >= 1 && n <= 24 {
		return fmt.Sprintf("F%d", n), true
	}
	if _, err := fmt.Sscanf(key, "kp_%d", &n); err == nil {
		return fmt.Sprintf("KP_%d", n), true
	}
	if len(key) == 1 {
		return key, true
	}
	return "", false
}
