package api

import (
	"fmt"
	"strings"
	"sync"
)

// keyNames are QEMU's names of keys (QKeyCode in qapi/ui.json).
const keyNames = `shift shift_r alt alt_r ctrl ctrl_r menu esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab
q w e r t y u i o p bracket_left bracket_right ret a s d f g h j k l semicolon apostrophe grave_accent backslash
z x c v b n m comma dot slash asterisk spc caps_lock f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 num_lock scroll_lock
kp_divide kp_multiply kp_subtract kp_add kp_enter kp_decimal sysrq kp_0 kp_1 kp_2 kp_3 kp_4 kp_5 kp_6 kp_7 kp_8 kp_9
less f11 f12 print home pgup pgdn end left up down right insert delete stop again props undo front copy open paste
find cut lf help meta_l meta_r compose pause ro hiragana henkan yen muhenkan katakanahiragana kp_comma kp_equals power
sleep wake audionext audioprev audiostop audioplay audiomute volumeup volumedown mediaselect mail calculator computer
ac_home ac_back ac_forward ac_refresh ac_bookmarks lang1 lang2 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24`

// KeyNames returns QEMU's names of keys.
var KeyNames = sync.OnceValue(func() []string { return strings.Fields(keyNames) })

var keySet = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{"unmapped": true}
	for _, k := range KeyNames() {
		m[k] = true
	}
	return m
})

// CheckKey tells whether a key or chord as send_key takes it exists: names joined by "-", or one printable
// ASCII character in each place. The error names the part that does not exist, which is returned too.
func CheckKey(chord string) (bad string, err error) {
	if isCharacter(chord) {
		return "", nil
	}
	if chord == "" {
		return "", fmt.Errorf("the key is empty")
	}
	parts := strings.Split(chord, "-")
	if strings.HasSuffix(chord, "--") { // ctrl--, the minus key with a modifier
		parts = append(parts[:len(parts)-2], "minus")
	}
	for _, p := range parts {
		if !isCharacter(p) && !keySet()[p] {
			if p == "" {
				return p, fmt.Errorf("the chord %q has an empty part", chord)
			}
			return p, fmt.Errorf("there is no key %q", p)
		}
	}
	return "", nil
}

func isCharacter(s string) bool {
	return len(s) == 1 && (s[0] >= ' ' && s[0] <= '~' || s[0] == '\n' || s[0] == '\t' || s[0] == '\b')
}
