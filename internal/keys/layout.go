package keys

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/internal/near"
)

// US is the layout that a keyboard has if nothing else is asked for.
const US = "us"

// layouts has what each key types, as scripts/keymaps.py writes it.
//
//go:embed layouts.txt
var layouts string

// composed has the characters that dead keys make of others.
//
//go:embed composed.txt
var composed string

// positions are the keys in the order of the lines of layouts.
var positions = sync.OnceValue(func() []string {
	return strings.Fields(`
grave_accent 1 2 3 4 5 6 7 8 9 0 minus equal yen q w e r t y u i o p bracket_left bracket_right
a s d f g h j k l semicolon apostrophe backslash less z x c v b n m comma dot slash ro`)
})

// extra is the key that only keyboards with 102 or more keys have.
const extra = "less"

// Chord is a number of keys, by QEMU's names, that are pressed together.
type Chord []string

// Layout says how characters are typed.
type Layout struct {
	name  string
	typed map[rune][]Chord // one after the other: two where the first is a dead key
}

// Layouts returns the names of all layouts, which are those of X with their variants.
func Layouts() []string {
	var all []string
	for line := range strings.Lines(layouts) {
		if name, _, _ := strings.Cut(line, " "); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// LayoutNamed returns a layout; that of the empty name is US. The error for an unknown name lists similar names.
func LayoutNamed(name string) (*Layout, error) {
	if name == "" {
		name = US
	}
	l := &Layout{name: name, typed: map[rune][]Chord{' ': {{"spc"}}}}
	dead := map[rune]Chord{}
	for line := range strings.Lines(layouts) {
		rest, ok := strings.CutPrefix(line, name+" ")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		for i, typed := range fields[1:] {
			key := positions()[i]
			chord := append(modifiers(fields[0]), key)
			if mark, ok := strings.CutPrefix(typed, "dead-"); ok {
				if r := codepoint(mark); dead[r] == nil {
					dead[r] = chord
				}
				continue
			}
			if typed == "none" {
				continue
			}
			r, _ := utf8.DecodeRuneInString(typed)
			// Not every keyboard has the extra key.
			if old := l.typed[r]; old == nil || slices.Contains(old[0], extra) && fields[0] == "2" {
				l.typed[r] = []Chord{chord}
			}
		}
	}
	if len(l.typed) == 1 {
		return nil, fmt.Errorf("there is no keyboard layout %q%s", name, near.DidYouMean(name, Layouts()))
	}
	l.compose(dead)
	for r, key := range map[rune]string{'\n': "ret", '\t': "tab", '\b': "backspace", '\x1b': "esc"} {
		l.typed[r] = []Chord{{key}}
	}
	return l, nil
}

// modifiers returns the keys that are held for a level.
func modifiers(level string) Chord {
	switch level {
	case "2":
		return Chord{"shift"}
	case "3":
		return Chord{"alt_r"}
	case "4":
		return Chord{"shift", "alt_r"}
	}
	return nil
}

// spacing has what dead keys type with the space bar, in X and on Linux's consoles.
var spacing = map[rune]rune{0x300: '`', 0x301: '\'', 0x302: '^', 0x303: '~', 0x308: '"'}

// compose adds the characters that need a dead key.
func (l *Layout) compose(dead map[rune]Chord) {
	direct := maps.Clone(l.typed)
	add := func(r rune, first Chord, second []Chord) {
		if l.typed[r] == nil && second != nil {
			l.typed[r] = []Chord{first, second[0]}
		}
	}
	for line := range strings.Lines(composed) {
		fields := strings.Fields(line)
		mark := codepoint(fields[0])
		chord := dead[mark]
		if chord == nil {
			continue
		}
		if r, ok := spacing[mark]; ok {
			add(r, chord, direct[' '])
		}
		for _, pair := range fields[1:] {
			base, n := utf8.DecodeRuneInString(pair)
			r, _ := utf8.DecodeRuneInString(pair[n:])
			add(r, chord, direct[base])
		}
	}
}

// codepoint reads a character's number, as the script has written it.
func codepoint(hex string) rune {
	n, _ := strconv.ParseUint(hex, 16, 32)
	return rune(n)
}

// Name returns the layout's name.
func (l *Layout) Name() string { return l.name }

// Chords returns the chords that type a character, one after the other.
func (l *Layout) Chords(r rune) ([]Chord, error) {
	if c := l.typed[r]; c != nil {
		return c, nil
	}
	hint := ""
	if others := Typing(r); len(others) > 0 {
		hint = fmt.Sprintf(" (others can: %s)", strings.Join(others[:min(len(others), 6)], ", "))
	}
	return nil, fmt.Errorf("%q can't be typed with the keyboard layout %s%s", r, l.name, hint)
}

// Typing returns the names of the layouts that can type a character.
func Typing(r rune) []string {
	var all []string
	for _, name := range Layouts() {
		if l, err := LayoutNamed(name); err == nil && l.typed[r] != nil {
			all = append(all, name)
		}
	}
	return all
}

// Parse splits a key or a chord ("ret", "ctrl-alt-delete", "meta_l-v") into QEMU's names of keys. A single character is
// what types it in the layout, a longer name is QEMU's, and a scan code is hexadecimal ("0x1d"). The result has more
// than one chord where a character needs a dead key. The error for an unknown name lists similar names.
func (l *Layout) Parse(key string) ([]Chord, error) {
	parts, err := split(key)
	if err != nil {
		return nil, err
	}
	var chord Chord
	for _, p := range parts {
		typed := l.typed[single(p)]
		switch {
		case len(parts) == 1 && typed != nil:
			return typed, nil
		case len(typed) == 1:
			chord = append(chord, typed[0]...)
		case isKey(p):
			chord = append(chord, strings.ToLower(p))
		case single(p) != utf8.RuneError:
			_, err := l.Chords(single(p))
			if err == nil {
				err = fmt.Errorf("%q needs two keys, one after the other, with the keyboard layout %s: it can't be part of %q", p, l.name, key)
			}
			return nil, err
		default:
			return nil, unknownKey(p, key)
		}
	}
	return []Chord{chord}, nil
}
