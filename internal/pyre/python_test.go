package pyre

import (
	"encoding/json"
	"math/rand"
	"os/exec"
	"strings"
	"testing"
)

const oracle = `
import json, re, sys, warnings
warnings.simplefilter("ignore")
out = []
for p, s in json.load(sys.stdin):
    try:
        out.append([[list(m.span(i)) for i in range(m.re.groups + 1)] for m in re.finditer(p, s)])
    except re.error:
        out.append(None)
print(json.dumps(out))
`

// TestAgainstPython compares random patterns with Python's re, which is the reference.
func TestAgainstPython(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: starts Python")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	rng := rand.New(rand.NewSource(1))
	pieces := strings.Fields(`a b c . ^ $ * + ? {1,2} {,2} {2} *? +? | ( ) (?: (?P<n> (?P=n) (?= (?! (?<=a) (?<!b) [ab] [^a] [\w-] [^\W] [^\Sa] \w \W \d \s \S \b \B \A \Z \1 (?i) (?i: (?s: (?-i: [a-c] a++ é [é-ü] \. \n - ] } {`)
	texts := []string{"", "a", "abc", "aabbcc", "ab\nab", "aéü b-1", "ABab_ 9", "b.a]b}", "\n", "cab\n"}
	cases := make([][2]string, 4000)
	for i := range cases {
		var b strings.Builder
		for range 1 + rng.Intn(6) {
			b.WriteString(pieces[rng.Intn(len(pieces))])
		}
		p := b.String()
		if open := strings.Count(p, "(") - strings.Count(p, ")"); open > 0 && rng.Intn(4) > 0 {
			p += strings.Repeat(")", open)
		}
		text := texts[rng.Intn(len(texts))]
		if text == "" && strings.Contains(p, `\B`) {
			text = "a" // before 3.14 Python found no \B in an empty text
		}
		cases[i] = [2]string{p, text}
	}
	in, _ := json.Marshal(cases)
	cmd := exec.Command(python, "-c", oracle)
	cmd.Stdin = strings.NewReader(string(in))
	answer, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [][][][2]int
	if err := json.Unmarshal(answer, &want); err != nil {
		t.Fatal(err)
	}
	valid := 0
	for i, c := range cases {
		re, err := Compile(c[0], 0)
		if (err != nil) != (want[i] == nil) {
			t.Errorf("%q: compiling: %v; Python: error %v", c[0], err, want[i] == nil)
			continue
		}
		if err != nil {
			continue
		}
		valid++
		got, err := spans(re, c[1])
		if err != nil {
			t.Errorf("%q on %q: %v", c[0], c[1], err)
			continue
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want[i])
		if string(a) != string(b) {
			t.Errorf("%q on %q:\ngot  %s\nwant %s", c[0], c[1], a, b)
		}
	}
	if valid < 500 {
		t.Errorf("only %d of the random patterns were valid", valid)
	}
}

// spans returns all matches in Python's count, in characters.
func spans(re *Regexp, s string) ([][][2]int, error) {
	all, err := findAll(re, s)
	out := [][][2]int{}
	for _, m := range all {
		var groups [][2]int
		for g := range re.NumGroups() + 1 {
			a, b := m.Span(g)
			if a >= 0 {
				a, b = len([]rune(s[:a])), len([]rune(s[:b]))
			}
			groups = append(groups, [2]int{a, b})
		}
		out = append(out, groups)
	}
	return out, err
}
