// Package keys has QEMU's names of keys, and the layouts of keyboards.
package keys

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/internal/near"
)

// names are the names of QEMU's QKeyCode (QEMU QMP reference manual), for send-key.
var names = sync.OnceValue(func() []string {
	return strings.Fields(`
shift shift_r alt alt_r ctrl ctrl_r menu esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab q w e r t y u i o p
bracket_left bracket_right ret a s d f g h j k l semicolon apostrophe grave_accent backslash z x c v b n m comma
dot slash asterisk spc caps_lock f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 num_lock scroll_lock kp_divide kp_multiply
kp_subtract kp_add kp_enter kp_decimal sysrq kp_0 kp_1 kp_2 kp_3 kp_4 kp_5 kp_6 kp_7 kp_8 kp_9 less f11 f12 print
home pgup pgdn end left up down right insert delete stop again props undo front copy open paste find cut lf help
meta_l meta_r compose pause ro hiragana henkan yen muhenkan katakanahiragana kp_comma kp_equals power sleep wake
audionext audioprev audiostop audioplay audiomute volumeup volumedown mediaselect mail calculator computer ac_home
ac_back ac_forward ac_refresh ac_bookmarks lang1 lang2 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24`)
})

// split returns the parts of a chord.
func split(key string) ([]string, error) {
	switch {
	case key == "":
		return nil, fmt.Errorf("the name of the key is empty")
	case single(key) != utf8.RuneError:
		return []string{key}, nil
	}
	parts := strings.Split(key, "-")
	if strings.HasSuffix(key, "--") { // a chord with the minus key
		parts = append(parts[:len(parts)-2], "-")
	}
	return parts, nil
}

// single returns the character of a text that is one character, else utf8.RuneError.
func single(s string) rune {
	r, n := utf8.DecodeRuneInString(s)
	if n != len(s) {
		return utf8.RuneError
	}
	return r
}

// isKey reports whether s is QEMU's name of a key, or a scan code.
func isKey(s string) bool { return isScanCode(s) || slices.Contains(names(), strings.ToLower(s)) }

func unknownKey(part, key string) error {
	return fmt.Errorf("there is no key %q in %q%s", part, key, near.DidYouMean(part, names()))
}

// Check returns an error unless some layout can parse a key or a chord.
func Check(key string) error {
	parts, err := split(key)
	if err != nil {
		return err
	}
	for _, p := range parts {
		r := single(p)
		if isKey(p) || r != utf8.RuneError && (r < 0x7f || len(Typing(r)) > 0) {
			continue
		}
		return unknownKey(p, key)
	}
	return nil
}

func isScanCode(s string) bool {
	h, ok := strings.CutPrefix(s, "0x")
	return ok && h != "" && strings.Trim(h, "0123456789abcdefABCDEF") == ""
}

// Names returns QEMU's names of all keys.
func Names() []string { return slices.Clone(names()) }
