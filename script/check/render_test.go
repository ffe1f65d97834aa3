package check

import (
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// A script's line is shown without characters that could reverse the text on a terminal or control it.
func TestTextOfHarmfulLine(t *testing.T) {
	f := Finding{File: "a.star", Line: "x = \"\u202e\u009b31m\x1b[2J\" # ü", Start: dialect.Position{Line: 1, Column: 1}, End: dialect.Position{Line: 1, Column: 2}}
	var b strings.Builder
	if err := Text(&b, []Finding{f}, false); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, `x = "··31m·[2J" # ü`) {
		t.Errorf("%q", got)
	}
}
