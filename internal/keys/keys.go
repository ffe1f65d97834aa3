// Package keys has QEMU's names of keys, and the layout of a US keyboard.
package keys

import (
	"fmt"
	"slices"
	"strings"
	"sync"

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

// charKeys is the US layout: the keys for each character other than letters and digits.
var charKeys = sync.OnceValue(func() map[rune]string {
	m := map[rune]string{
		' ': "spc", '\n': "ret", '\t': "tab", '\b': "backspace", '\x1b': "esc",
		'-': "minus", '=': "equal", '[': "bracket_left", ']': "bracket_right", '\\': "backslash", ';': "semicolon",
		'\'': "apostrophe", '`': "grave_accent", ',': "comma", '.': "dot", '/': "slash",
		'_': "shift-minus", '+': "shift-equal", '{': "shift-bracket_left", '}': "shift-bracket_right", '|': "shift-backslash",
		':': "shift-semicolon", '"': "shift-apostrophe", '~': "shift-grave_accent", '<': "shift-comma", '>': "shift-dot", '?': "shift-slash",
		'!': "shift-1", '@': "shift-2", '#': "shift-3", '$': "shift-4", '%': "shift-5", '^': "shift-6", '&': "shift-7", '*': "shift-8",
		'(': "shift-9", ')': "shift-0",
	}
	for c := 'a'; c <= 'z'; c++ {
		m[c] = string(c)
		m[c-'a'+'A'] = "shift-" + string(c)
	}
	for c := '0'; c <= '9'; c++ {
		m[c] = string(c)
	}
	return m
})

// Parse splits a key or chord in QEMU's names ("ctrl-alt-delete", "meta_l-v", "ret"), or a printable
// character of the US layout, into QEMU's key codes. It also accepts hexadecimal scan codes ("0x1d"). The
// error for an unknown name lists similar names.
func Parse(key string) ([]string, error) {
	if r := []rune(key); len(r) == 1 {
		if k, ok := charKeys()[r[0]]; ok {
			return strings.Split(k, "-"), nil
		}
	}
	if key == "" {
		return nil, fmt.Errorf("the name of the key is empty")
	}
	parts := strings.Split(key, "-")
	if strings.HasSuffix(key, "--") { // a chord with the minus key
		parts = append(parts[:len(parts)-2], "minus")
	}
	var keys []string
	for _, p := range parts {
		switch {
		case len(p) == 1 && charKeys()[rune(p[0])] != "":
			keys = append(keys, strings.Split(charKeys()[rune(p[0])], "-")...)
		case isScanCode(p), slices.Contains(names(), p):
			keys = append(keys, p)
		case slices.Contains(names(), strings.ToLower(p)):
			keys = append(keys, strings.ToLower(p))
		default:
			return nil, fmt.Errorf("there is no key %q in %q%s", p, key, near.DidYouMean(p, names()))
		}
	}
	return keys, nil
}

func isScanCode(s string) bool {
	h, ok := strings.CutPrefix(s, "0x")
	return ok && h != "" && strings.Trim(h, "0123456789abcdefABCDEF") == ""
}

// Names returns QEMU's names of all keys.
func Names() []string { return slices.Clone(names()) }

// OfCharacter returns the key or chord that types a character on a US keyboard.
func OfCharacter(r rune) (string, bool) {
	k, ok := charKeys()[r]
	return k, ok
}
