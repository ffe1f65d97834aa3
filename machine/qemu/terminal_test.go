package qemu

import (
	"strings"
	"testing"
)

// What the command prints is read as text, a line of the screen a line.
func TestTTYText(t *testing.T) {
	b := &Backend{}
	text, err := b.TTYText("2 4\n 71 114 252 223\n 9474 0 32 128512\n")
	if err != nil || text != "Grüß\n│  😀" {
		t.Errorf("%q, %v", text, err)
	}
	for printed, want := range map[string]string{
		"":                    "no size",
		"25 0\n":              "no size",
		"stty: no such tty\n": `"stty:" is not a number`,
	} {
		if text, err := b.TTYText(printed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %q, %v", printed, text, err)
		}
	}
}
