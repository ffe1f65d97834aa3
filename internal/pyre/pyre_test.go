package pyre

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dlclark/regexp2"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { regexp2.StopTimeoutClock() }))
}

// findAll returns the matches that do not overlap.
func findAll(re *Regexp, s string) ([]*Match, error) {
	var all []*Match
	err := re.Each(s, func(m *Match) bool { all = append(all, m); return true })
	return all, err
}

// found returns all matches, with the groups of each after colons; groups that took no part are "-".
func found(t *testing.T, pattern string, flags Flags, s string) string {
	t.Helper()
	re, err := Compile(pattern, flags)
	if err != nil {
		t.Fatal(err)
	}
	all, err := findAll(re, s)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range all {
		var groups []string
		for i := range re.NumGroups() + 1 {
			g, ok := m.Group(i)
			if !ok {
				g = "-"
			}
			groups = append(groups, g)
		}
		out = append(out, strings.Join(groups, ":"))
	}
	return strings.Join(out, "|")
}

func TestPythonMeaning(t *testing.T) {
	for _, c := range []struct {
		pattern string
		flags   Flags
		text    string
		want    string
	}{
		{`(?P<a>x)(y)(?P<b>z)`, 0, "xyz", "xyz:x:y:z"}, // numbered in order of appearance
		{`(?P<q>['"]).*?(?P=q)`, 0, `say "it's"`, `"it's":"`},
		{`a\Z`, 0, "a\na", "a"},
		{`a\Z`, 0, "a\n", ""},
		{`a$`, 0, "a\n", "a"},
		{`^a`, Multiline, "a\nba\na", "a|a"},
		{`(?m)^\w+$`, 0, "one\ntwo\n", "one|two"},
		{`\d+`, 0, "12 ٣٤", "12|٣٤"},
		{`\d+`, ASCII, "12 ٣٤", "12"},
		{`\w+`, 0, "naïve_x e\u0301 ½", "naïve_x|e|½"},
		{`[\W]+`, 0, "ab, cd", ", "},
		{`[^\W\d]+`, 0, "ab12cd_", "ab|cd_"},
		{`[^\S\n]+`, 0, "a \t\nb", " \t"},
		{`|a`, 0, "a", "|a|"}, // an empty match, then one that is not empty at the same place
		{`a{,2}b`, 0, "aaab", "aab"},
		{`a{x}`, 0, "a{x}", "a{x}"},
		{`a{,`, 0, "a{,", "a{,"},
		{`[]a]+`, 0, "]a]b", "]a]"},
		{`[a-z-[b]]`, 0, "b]-] [] c]", "b]|-]|[]|c]"}, // no subtraction of sets: "[b" is in the set
		{`a++b`, 0, "aaab", "aaab"},
		{`a++a`, 0, "aaa", ""},
		{`(?x) a b # comment with ( in it
		  c\ d [ #]`, 0, "abc d#", "abc d#"},
		{`(?i:A)b`, 0, "ab aB", "ab"},
		{`(?s:.)b.`, 0, "\nb\n\nbc", "\nbc"},
		{`(a)?(?(1)b|c)`, 0, "ab c", "ab:a|c:-"},
		{`(?<=€)\d+`, 0, "€12 $13", "12"},
		{`a(?#note)b`, 0, "ab", "ab"},
		{`\x41\u0042\103`, 0, "ABC", "ABC"},
		{`(a)\1`, 0, "aa a", "aa:a"},
		{`#[ ]x y`, 0, "# x y", "# x y"},
		{`[\s]`, 0, "a\x1cb", "\x1c"},
	} {
		if got := found(t, c.pattern, c.flags, c.text); got != c.want {
			t.Errorf("%s on %q: got %q, want %q", c.pattern, c.text, got, c.want)
		}
	}
}

func TestPositionsCountBytes(t *testing.T) {
	re, err := Compile(`(ö)(x)?`, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := "é\xffö!"
	m, err := re.Search(s)
	if err != nil || m == nil {
		t.Fatal(m, err)
	}
	if a, b := m.Span(1); s[a:b] != "ö" || a != 3 {
		t.Errorf("span %d:%d", a, b)
	}
	if a, b := m.Span(2); a != -1 || b != -1 {
		t.Errorf("span of a group that took no part: %d:%d", a, b)
	}
}

func TestErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		`(a`:            "missing ), unterminated subpattern at position 0",
		`a)`:            "unbalanced parenthesis at position 1",
		`[a`:            "unterminated character set at position 0",
		`*a`:            "nothing to repeat at position 0",
		`a**`:           "multiple repeat at position 2",
		`^*`:            "nothing to repeat at position 1",
		`a{3,2}`:        "min repeat greater than max repeat at position 2",
		`\q`:            `bad escape \q at position 0`,
		`a\`:            `bad escape (end of pattern) at position 1`,
		`\2(a)(b)`:      "invalid group reference 2 at position 1",
		`(a\1)`:         "cannot refer to an open group at position 3",
		`(?P=x)`:        `unknown group name "x" at position 4`,
		`(?P<1>a)`:      `bad character in group name "1" at position 4`,
		`(?P<a>)(?P<a>`: `redefinition of group name "a" as group 2; was group 1 at position 11`,
		`[z-a]`:         "bad character range z-a at position 1",
		`[\d-z]`:        `bad character range \d-z at position 1`,
		`a(?i)b`:        "global flags not at the start of the expression at position 1",
		`(?<n>a)`:       "unknown extension ?< at position 1",
		`\x1`:           `incomplete escape \x1 at position 0`,
		`(?`:            "missing ), unterminated subpattern at position 0",
	} {
		_, err := Compile(pattern, 0)
		var e *Error
		if !errors.As(err, &e) || !strings.HasSuffix(e.Error(), want) {
			t.Errorf("%s: got %v, want %s", pattern, err, want)
		}
	}
}

func TestRunawayMatchIsCutOff(t *testing.T) {
	re, err := Compile(`(a+)+$`, 0)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = re.Search(strings.Repeat("a", 40) + "b")
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("after %s: %v, want ErrTimeout", time.Since(start), err)
	}
}

func TestSearchAll(t *testing.T) {
	re, err := Compile("(a)b?", 0)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{-1: "[[1 3] [3 4] [6 7]]", 2: "[[1 3] [3 4]]", 0: "[]"} {
		spans, err := re.SearchAll("xabaäa", n)
		if got := fmt.Sprint(spans); err != nil || got != want {
			t.Errorf("the first %d matches are at %s (%v), want %s", n, got, err, want)
		}
	}
}

func TestSubAndSplit(t *testing.T) {
	for _, c := range []struct{ pattern, repl, text, want string }{
		{`x*`, "-", "abxd", "-a-b--d-"},
		{`(?P<k>\w+)=(\w+)`, `\2=\g<k>\n\g<0>`, "a=b", "b=a\na=b"},
		{`(a)|b`, `[\1]`, "ab", "[a][]"},
		{`a`, `\\\060`, "a", `\0`},
	} {
		re, err := Compile(c.pattern, 0)
		if err != nil {
			t.Fatal(err)
		}
		tpl, err := re.Template(c.repl)
		if err != nil {
			t.Fatal(err)
		}
		got, err := re.Sub(c.text, 0, func(m *Match) (string, error) { return tpl.Expand(m), nil })
		if err != nil || got != c.want {
			t.Errorf("sub(%q, %q, %q) = %q, %v; want %q", c.pattern, c.repl, c.text, got, err, c.want)
		}
	}
	re, _ := Compile(`(,)|;`, 0)
	var parts []string
	err := re.Split("a,b;c", 0, func(s string, ok bool) {
		if !ok {
			s = "None"
		}
		parts = append(parts, s)
	})
	if got := strings.Join(parts, " "); err != nil || got != "a , b None c" {
		t.Errorf("split: %q, %v", got, err)
	}
	for _, bad := range []string{`\3`, `\g<x>`, `\g<`, `\y`, `\`} {
		if _, err := re.Template(bad); err == nil {
			t.Errorf("the replacement %q was accepted", bad)
		}
	}
	if got := Escape("a.b[c] d"); got != `a\.b\[c\]\ d` {
		t.Errorf("escape: %s", got)
	}
}
