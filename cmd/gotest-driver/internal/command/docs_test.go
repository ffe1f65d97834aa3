package command

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// inDocs finds commands of the program in pages, up to the end of the command.
var inDocs = regexp.MustCompile("(?m)gotest-driver (run|report merge|check|flaky)((?: +[^\\s|&;`#]+)*)")

// TestFlagsInDocs: the pages about suites and CI, and the action, name flags that there are.
func TestFlagsInDocs(t *testing.T) {
	found := 0
	for _, page := range []string{"../../../../docs/suites.md", "../../../../docs/ci.md", "../../../../action.yml"} {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inDocs.FindAllStringSubmatch(string(b), -1) {
			all, _ := root(nil, nil)
			cmd, _, err := all.Find(strings.Fields(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range strings.Fields(m[2]) {
				name, _, _ := strings.Cut(word, "=")
				long, isLong := strings.CutPrefix(name, "--")
				switch {
				case isLong && cmd.Flags().Lookup(long) == nil, !isLong && len(name) == 2 && name[0] == '-' && cmd.Flags().ShorthandLookup(name[1:]) == nil:
					t.Errorf("%s: %s has no flag %s", page, m[0], name)
				case name[0] == '-':
					found++
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d flags were found", found)
	}
}
