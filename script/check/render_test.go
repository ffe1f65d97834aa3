package check

import (
	"fmt"
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

// Of a long line, what is around the finding is shown, with the carets below it.
func TestTextOfLongLine(t *testing.T) {
	at := strings.Repeat("x", 500_000)
	for _, f := range []Finding{
		{File: "a.star", Line: at + "WRONG" + at, Start: dialect.Position{Line: 1, Column: 500_001}, End: dialect.Position{Line: 1, Column: 500_006}},
		{File: "a.star", Line: "WRONG" + at, Start: dialect.Position{Line: 1, Column: 1}, End: dialect.Position{Line: 1, Column: 6}},
		{File: "a.star", Line: at + "WRONG", Start: dialect.Position{Line: 1, Column: 500_001}, End: dialect.Position{Line: 2, Column: 1}},
	} {
		var b strings.Builder
		if err := Text(&b, []Finding{f}, false); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(b.String(), "\n")
		source, carets := []rune(lines[1]), []rune(lines[2])
		first := strings.IndexRune(lines[2], '^')
		if len(source) > 200 || len(carets) > 200 || first < 0 || string(source[first:first+5]) != "WRONG" || string(carets[first:]) != "^^^^^" {
			t.Errorf("%s\n%s", lines[1], lines[2])
		}
	}
}

// TestLongExpressions: an expression that would be walked too deep, or a nesting, is one finding at the place where it is too much.
func TestLongExpressions(t *testing.T) {
	for _, src := range []string{
		"x = " + strings.Repeat("1 + ", 200_000) + "1\n", "x = " + strings.Repeat("True or ", 200_000) + "True\n",
		"x = \"\"" + strings.Repeat(".strip()", 200_000) + "\n", "x = " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "\n",
		"x = " + strings.Repeat("(", 10_000) + "1" + strings.Repeat(")", 10_000) + "\n", "x = " + strings.Repeat("not ", 200_000) + "True\n",
		"x = " + strings.Repeat("lambda: ", 50_000) + "1\n", "x = " + strings.Repeat("-", 200_000) + "1\n",
		"x = " + strings.Repeat("1 if x else ", 50_000) + "1\n",
	} {
		var syntax []Finding
		for _, f := range findings(src, Config{}) {
			if f.Code == SyntaxError {
				syntax = append(syntax, f)
			}
		}
		if len(syntax) != 1 || syntax[0].Range.Start > 100_000 || syntax[0].Range.End < syntax[0].Range.Start {
			t.Errorf("%.20q: %+v", src, len(syntax))
		}
	}
}

// TestDeepLoops: loops in loops take no time that doubles with each: this test would not end. What a round sets is known in the
// next one.
func TestDeepLoops(t *testing.T) {
	const deep = 80
	var b strings.Builder
	b.WriteString("total = None\n")
	for i := range deep {
		fmt.Fprintf(&b, "%sfor x%d in range(2):\n", strings.Repeat(" ", i), i)
	}
	pad := strings.Repeat(" ", deep)
	fmt.Fprintf(&b, "%sif total == None:\n%s total = 0\n%stotal += x0\n%sprint(total, x%d)\n", pad, pad, pad, pad, deep-1)
	if found := findings(b.String(), Config{}); len(found) > 0 {
		t.Errorf("%d findings, such as %+v", len(found), found[0])
	}
}
