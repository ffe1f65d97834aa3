package check

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// toPython converts a script to the nearest Python program.
func toPython(src string) (string, bool) {
	if strings.Contains(src, "load(\"") || strings.Contains(src, "assert.") || strings.Contains(src, ".elems()") || strings.Contains(src, "elem_ords") {
		return "", false
	}
	src = regexp.MustCompile(`(?m)^type (\w+) =`).ReplaceAllString(src, "$1 =")
	src = regexp.MustCompile(`(?m)^assert\(([^,\n]*),.*\)$`).ReplaceAllString(src, "assert $1")
	return "from gotest import *\n" + src, true
}

// The same mistakes in calls of the API, checked by mypy with our stub: what a user of the Python driver would get. The
// table is testdata/mypy.md.
func TestMypyFindsLess(t *testing.T) {
	if testing.Short() {
		t.Skip("runs mypy over a thousand programs")
	}
	dir := t.TempDir()
	var stub bytes.Buffer
	if err := api.Load().PYI(&stub); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("gotest.pyi", stub.String())
	files := corpus(t)
	type sample struct {
		mutant
		base string
		path string
	}
	samples := map[string]sample{}
	n := 0
	for i, path := range sortedKeys(files) {
		if !strings.HasPrefix(path, "testdata") {
			continue
		}
		base, ok := toPython(string(files[path]))
		if !ok {
			continue
		}
		baseName := fmt.Sprintf("base%d.py", i)
		write(baseName, base)
		for j, m := range mutants(path, files[path]) {
			if !m.api || (i+j)%5 != 0 { // every fifth, for which mypy needs long enough
				continue
			}
			py, _ := toPython(m.src)
			name := fmt.Sprintf("m%d.py", n)
			n++
			write(name, py)
			samples[name] = sample{m, baseName, path}
		}
	}
	names := append([]string{}, sortedKeys(samples)...)
	bases, _ := filepath.Glob(filepath.Join(dir, "base*.py"))
	for _, b := range bases {
		names = append(names, filepath.Base(b))
	}
	cmd := exec.Command("mypy", append([]string{"--check-untyped-defs", "--allow-redefinition", "--no-error-summary", "--hide-error-context"}, names...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatalf("mypy (Debian: apt install mypy): %v", err)
	}
	found := map[string]map[string]bool{}
	for _, l := range strings.Split(string(out), "\n") {
		if m := regexp.MustCompile(`^(\w+\.py):(\d+): error: (.*)$`).FindStringSubmatch(l); m != nil {
			if found[m[1]] == nil {
				found[m[1]] = map[string]bool{}
			}
			found[m[1]][m[2]+m[3]] = true
		}
	}
	mypy, ours := map[string]*score{}, &score{}
	total := &score{}
	for _, name := range sortedKeys(samples) {
		s := samples[name]
		if mypy[s.kind] == nil {
			mypy[s.kind] = &score{}
		}
		mypy[s.kind].made++
		total.made++
		ours.made++
		if foundAt(checkCorpus(s.path, []byte(s.src)), s.line) {
			ours.found++
		}
		for e := range found[name] {
			if !found[s.base][e] {
				mypy[s.kind].found++
				total.found++
				break
			}
		}
	}
	table := "# The same mistakes, found by mypy\n\nMade by `UPDATE=1 go test -run TestMypy ./script/check`: every fifth mistake in a call of the API, in the Python program that\n" +
		"is nearest to the script, checked by mypy with our stub (`--check-untyped-defs`).\n\n" + mutationTable(mypy, total)
	table += fmt.Sprintf("\nOf the same %d, `gotest-driver check` finds %d (%.1f %%).\n", ours.made, ours.found, 100*float64(ours.found)/float64(ours.made))
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/mypy.md", []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(table)
	if total.made < 300 || ours.found < total.found {
		t.Errorf("mypy finds %d of %d, check %d", total.found, total.made, ours.found)
	}
}
