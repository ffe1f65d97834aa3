package keys

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// chords returns chords as text: "shift-a e".
func chords(list []Chord) string {
	var all []string
	for _, c := range list {
		all = append(all, strings.Join(c, "-"))
	}
	return strings.Join(all, " ")
}

func layout(t *testing.T, name string) *Layout {
	t.Helper()
	l, err := LayoutNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLayoutsType has what is printed on the keys of each country's keyboards.
func TestLayoutsType(t *testing.T) {
	for _, c := range []struct {
		layout, char, keys string
	}{
		{"us", "<", "shift-comma"}, {"us", "\n", "ret"}, {"us", "\x1b", "esc"}, {"us", " ", "spc"},
		{"gb", "£", "shift-3"}, {"gb", "@", "shift-apostrophe"}, {"gb", `"`, "shift-2"}, {"gb", "#", "backslash"}, {"gb", `\`, "less"},
		{"de", "z", "y"}, {"de", "Y", "shift-z"}, {"de", "ü", "bracket_left"}, {"de", "ß", "minus"}, {"de", "@", "alt_r-q"}, {"de", "€", "alt_r-e"},
		{"de", "{", "alt_r-7"}, {"de", `\`, "alt_r-minus"}, {"de", "|", "alt_r-less"}, {"de", "<", "less"}, {"de", "^", "grave_accent spc"},
		{"de", "é", "equal e"}, {"de", "Ê", "grave_accent shift-e"}, {"de", "`", "shift-equal spc"},
		{"de-nodeadkeys", "^", "grave_accent"},
		{"fr", "a", "q"}, {"fr", "1", "shift-1"}, {"fr", "é", "2"}, {"fr", "m", "semicolon"}, {"fr", "M", "shift-semicolon"}, {"fr", ".", "shift-comma"},
		{"fr", "@", "alt_r-0"}, {"fr", "ê", "bracket_left e"}, {"fr", "#", "alt_r-3"}, {"fr", `\`, "alt_r-8"},
		{"es", "ñ", "semicolon"}, {"es", "@", "alt_r-2"}, {"es", "¿", "shift-equal"}, {"es", "á", "apostrophe a"},
		{"it", "è", "bracket_left"}, {"it", "#", "alt_r-apostrophe"},
		{"pt", "ç", "semicolon"}, {"pt", "@", "alt_r-2"}, {"pt", "ã", "backslash a"},
		{"br", "ç", "semicolon"}, {"br", "/", "ro"}, {"br", "?", "shift-ro"}, {"br", "ã", "apostrophe a"},
		{"ch", "ü", "bracket_left"}, {"ch", "è", "shift-bracket_left"}, {"ch", "@", "alt_r-2"}, {"ch-fr", "è", "bracket_left"}, {"ch-fr", "ü", "shift-bracket_left"},
		{"be", "a", "q"}, {"be", "@", "alt_r-2"}, {"be", "-", "equal"}, {"nl", "@", "grave_accent"},
		{"dk", "æ", "semicolon"}, {"dk", "ø", "apostrophe"}, {"dk", "å", "bracket_left"}, {"dk", "@", "alt_r-2"},
		{"no", "ø", "semicolon"}, {"no", "æ", "apostrophe"}, {"se", "ö", "semicolon"}, {"se", "ä", "apostrophe"}, {"fi", "å", "bracket_left"},
		{"pl", "ł", "alt_r-l"}, {"pl", "Ż", "shift-alt_r-z"}, {"cz", "ě", "2"}, {"cz", "2", "shift-2"}, {"cz", "z", "y"},
		{"hu", "ő", "bracket_left"}, {"tr", "ı", "i"}, {"tr", "i", "apostrophe"}, {"tr", "ğ", "bracket_left"},
		{"ru", "й", "q"}, {"ru", "Ж", "shift-semicolon"}, {"jp", "@", "bracket_left"}, {"jp", "_", "shift-ro"}, {"jp", "¥", ""},
		{"dvorak", "o", "s"}, {"dvorak", "'", "q"}, {"dvorak", "z", "slash"}, {"colemak", "t", "f"},
	} {
		got, err := layout(t, c.layout).Chords([]rune(c.char)[0])
		if c.keys == "" && err == nil || c.keys != "" && chords(got) != c.keys {
			t.Errorf("%s types %q by %q, %v, want %q", c.layout, c.char, chords(got), err, c.keys)
		}
	}
}

// TestLayoutsAreWhole: each layout has names of keys that QEMU knows, and what is Latin types all of ASCII.
func TestLayoutsAreWhole(t *testing.T) {
	other := []string{"ru", "ua", "bg", "gr", "il"}
	for _, name := range Layouts() {
		l := layout(t, name)
		for r, list := range l.typed {
			for _, c := range list {
				for _, key := range c {
					if !slices.Contains(names(), key) {
						t.Errorf("%s types %q by the unknown key %q", name, r, key)
					}
				}
			}
		}
		for r := rune(' '); r < 0x7f && !slices.Contains(other, name); r++ {
			if _, err := l.Chords(r); err != nil {
				t.Error(err)
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(layouts), "\n") {
		if n := len(strings.Fields(line)); n != len(positions())+2 {
			t.Errorf("%d fields: %.40s", n, line)
		}
	}
}

func TestLayoutErrors(t *testing.T) {
	if _, err := LayoutNamed("dee"); err == nil || !strings.Contains(err.Error(), `no keyboard layout "dee"`) || !strings.Contains(err.Error(), "did you mean") {
		t.Errorf("an unknown layout: %v", err)
	}
	_, err := layout(t, US).Chords('ł')
	if want := `'ł' can't be typed with the keyboard layout us`; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "others can: ") {
		t.Errorf("got %v, want %s and others", err, want)
	}
	if _, err := layout(t, "ru").Chords('漢'); err == nil || strings.Contains(err.Error(), "others") {
		t.Errorf("a character of no layout: %v", err)
	}
}

func TestParseInLayouts(t *testing.T) {
	for _, c := range []struct{ layout, key, want string }{
		{"us", "ctrl-alt-delete", "ctrl-alt-delete"},
		{"us", "meta_l-v", "meta_l-v"},
		{"us", "ret", "ret"},
		{"us", "a", "a"},
		{"us", "A", "shift-a"},
		{"us", "-", "minus"},
		{"us", "ctrl--", "ctrl-minus"},
		{"us", "_", "shift-minus"},
		{"us", "ctrl-_", "ctrl-shift-minus"},
		{"us", "0x1d", "0x1d"},
		{"us", "\n", "ret"},
		{"us", "ctrl-alt-f2", "ctrl-alt-f2"},
		{"us", "CTRL-c", "ctrl-c"},
		{"de", "ctrl-z", "ctrl-y"},
		{"de", "ctrl-ü", "ctrl-bracket_left"},
		{"de", "é", "equal e"},
		{"de", "ctrl-minus", "ctrl-minus"},
		{"de", "ctrl--", "ctrl-slash"},
		{"fr", "ctrl-alt-f1", "ctrl-alt-f1"},
		{"fr", "1", "shift-1"},
		{"ru", "ctrl-c", "ctrl-c"},
	} {
		got, err := layout(t, c.layout).Parse(c.key)
		if err != nil || chords(got) != c.want {
			t.Errorf("%s: Parse(%q) = %q, %v, want %q", c.layout, c.key, chords(got), err, c.want)
		}
	}
	for key, want := range map[string]string{
		"": "is empty", "retrun": `no key "retrun"`, "ctrl-alt-delte": "did you mean delete", "ä": "can't be typed with the keyboard layout us",
	} {
		_, err := layout(t, US).Parse(key)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): error %v, want one with %q", key, err, want)
		}
	}
	if _, err := layout(t, "de").Parse("ctrl-é"); err == nil || !strings.Contains(err.Error(), "two keys") {
		t.Errorf("a dead key in a chord: %v", err)
	}
}

func TestCheck(t *testing.T) {
	for _, key := range []string{"ret", "ctrl-alt-delete", "a", "é", "ctrl-ö", "0x1d", "-", "ctrl--", "€", "Ctrl-c"} {
		if err := Check(key); err != nil {
			t.Errorf("Check(%q): %v", key, err)
		}
	}
	for _, key := range []string{"", "retrun", "ctrl-alt-delte", "漢", "0x"} {
		if Check(key) == nil {
			t.Errorf("Check(%q) found nothing", key)
		}
	}
}

func ExampleLayout_Chords() {
	l, err := LayoutNamed("de")
	if err != nil {
		panic(err)
	}
	for _, r := range "@ê" {
		c, err := l.Chords(r)
		fmt.Println(c, err)
	}
	// Output:
	// [[alt_r q]] <nil>
	// [[grave_accent] [e]] <nil>
}
