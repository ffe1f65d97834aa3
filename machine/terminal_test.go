package machine

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// Names of windows are read whole, in UTF-8 or Latin-1.
func TestNamesOf(t *testing.T) {
	var printed strings.Builder
	for i, b := range []byte("say \"hi\"\nÜbersicht\n\xdcbersicht\n\n") {
		if i%16 == 0 {
			printed.WriteString("\n")
		}
		printed.WriteString(" " + hex.EncodeToString([]byte{b}))
	}
	names, err := namesOf(printed.String())
	if want := []string{`say "hi"`, "Übersicht", "Übersicht", ""}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v, want %q", names, err, want)
	}
	if names, err := namesOf(""); err != nil || len(names) > 0 {
		t.Errorf("no windows: %q, %v", names, err)
	}
	if _, err := namesOf("xwininfo: broken"); err == nil {
		t.Error("what is not hexadecimal is no error")
	}
}
