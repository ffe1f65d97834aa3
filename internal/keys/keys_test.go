package keys

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for key, want := range map[string]string{
		"ctrl-alt-delete": "ctrl alt delete",
		"meta_l-v":        "meta_l v",
		"ret":             "ret",
		"a":               "a",
		"A":               "shift a",
		"-":               "minus",
		"ctrl--":          "ctrl minus",
		"_":               "shift minus",
		"ctrl-_":          "ctrl shift minus",
		"0x1d":            "0x1d",
		"\n":              "ret",
		"ctrl-alt-f2":     "ctrl alt f2",
		"CTRL-c":          "ctrl c",
	} {
		got, err := Parse(key)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("Parse(%q) = %q, %v, want %q", key, got, err, want)
		}
	}
	for key, want := range map[string]string{"": "is empty", "retrun": "no key \"retrun\"", "ctrl-alt-delte": "did you mean delete", "é": "no key"} {
		_, err := Parse(key)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): error %v, want one with %q", key, err, want)
		}
	}
}

func TestUSLayoutIsWhole(t *testing.T) {
	for c := rune(' '); c < 0x7f; c++ {
		k, ok := OfCharacter(c)
		if !ok {
			t.Errorf("%q can't be typed", c)
			continue
		}
		for p := range strings.SplitSeq(k, "-") {
			if !slices.Contains(names(), p) {
				t.Errorf("%q is typed by the unknown key %q", c, p)
			}
		}
	}
}
