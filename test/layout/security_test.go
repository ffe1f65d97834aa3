package layout_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// evidence finds the tests that a page names: a folder, a colon and functions.
var (
	evidence = regexp.MustCompile("`([a-z][A-Za-z0-9/_-]*)`:\\s((?:\\s*`(?:Test|Fuzz)\\w+`,?)+)")
	function = regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
)

// absent returns the tests that a page names and that do not exist, and how many it names.
func absent(page string) (missing []string, named int, err error) {
	for _, m := range evidence.FindAllStringSubmatch(page, -1) {
		files, err := filepath.Glob(path.Join(root, m[1], "*_test.go"))
		if err != nil {
			return nil, 0, err
		}
		var code strings.Builder
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, 0, err
			}
			code.Write(text)
		}
		for _, f := range function.FindAllStringSubmatch(m[2], -1) {
			named++
			if !strings.Contains(code.String(), "\nfunc "+f[1]+"(") {
				missing = append(missing, m[1]+": "+f[1])
			}
		}
	}
	return missing, named, nil
}

// TestPromisesHaveTests: each test that the page about security names exists where it says, and no name is without a folder.
func TestPromisesHaveTests(t *testing.T) {
	text, err := os.ReadFile(path.Join(root, "docs/security.md"))
	if err != nil {
		t.Fatal(err)
	}
	missing, named, err := absent(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range missing {
		t.Errorf("docs/security.md names %s, which is not there", m)
	}
	if all := len(function.FindAllString(string(text), -1)); named != all || named < 20 {
		t.Errorf("docs/security.md names %d tests, %d of them with a folder", all, named)
	}
	missing, _, err = absent("(`test/layout`: `TestTopLevel`,\n  `TestNowhere`; `no/where`: `FuzzNothing`)")
	if err != nil || strings.Join(missing, " ") != "test/layout: TestNowhere no/where: FuzzNothing" {
		t.Errorf("of names without tests these are found: %q, %v", missing, err)
	}
}
