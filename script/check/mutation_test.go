package check

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"
)

// corpus returns the correct scripts: those written for this test, the examples and the conformance suite.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, dir := range []string{"testdata/corpus", "../../examples", "../../test/conformance"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".star") {
				return err
			}
			files[path], err = os.ReadFile(path)
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return files
}

func corpusConfig(path string) Config {
	return Config{Load: Loader(filepath.Dir(path)), GlobalTimeout: time.Hour}
}

func checkCorpus(path string, src []byte) []Finding {
	return File(context.Background(), corpusConfig(path), path, src)
}

func TestCorpusIsCorrect(t *testing.T) {
	files := corpus(t)
	if n := len(files); n < 60 {
		t.Errorf("the corpus has %d scripts, want 60", n)
	}
	for path, src := range files {
		for _, f := range checkCorpus(path, src) {
			if f.Severity == Error || strings.HasPrefix(path, "testdata") {
				t.Errorf("%s:%d:%d: %s: %s", f.File, f.Start.Line, f.Start.Column, f.Code, f.Message)
			}
		}
		if out, err := Format(path, src); err != nil {
			t.Errorf("format: %v", err)
		} else if again, err := Format(path, out); err != nil || string(again) != string(out) {
			t.Errorf("%s: formatting is not idempotent: %v", path, err)
		}
	}
}

type score struct{ made, found int }

// The share of mistakes that are found, by kind; the table is testdata/mutation.md.
func TestMutations(t *testing.T) {
	scores := map[string]*score{}
	total := &score{}
	var missed []string
	for path, src := range corpus(t) {
		if !strings.HasPrefix(path, "testdata") {
			continue
		}
		for _, m := range mutants(path, src) {
			s := scores[m.kind]
			if s == nil {
				s = &score{}
				scores[m.kind] = s
			}
			s.made++
			total.made++
			if foundAt(checkCorpus(path, []byte(m.src)), m.line) {
				s.found++
				total.found++
			} else {
				missed = append(missed, m.kind+": "+m.what)
			}
		}
	}
	table := mutationTable(scores, total)
	const file = "testdata/mutation.md"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sort.Strings(missed)
	t.Logf("%s\nmissed:\n%s", table, strings.Join(missed, "\n"))
	if total.made < 3000 || float64(total.found) < 0.97*float64(total.made) {
		t.Errorf("%d of %d mutants are found, want 97 %% of 3000 or more", total.found, total.made)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != table {
		t.Errorf("%s is not what was measured: run UPDATE=1 go test -run TestMutations ./script/check (%v)", file, err)
	}
}

// foundAt reports whether a finding is at the line, or on a statement around it.
func foundAt(fs []Finding, line int) bool {
	for _, f := range fs {
		if f.Start.Line <= line && line <= f.End.Line {
			return true
		}
	}
	return false
}

func mutationTable(scores map[string]*score, total *score) string {
	var b strings.Builder
	b.WriteString("# Mistakes put into correct scripts, and how many `check` finds\n\n")
	b.WriteString("Made by `UPDATE=1 go test -run TestMutations ./script/check` from the scripts below corpus/.\n\n| mistake | made | found | |\n|---|--:|--:|--:|\n")
	for _, k := range sortedKeys(scores) {
		s := scores[k]
		fmt.Fprintf(&b, "| %s | %d | %d | %.1f %% |\n", k, s.made, s.found, 100*float64(s.found)/float64(s.made))
	}
	fmt.Fprintf(&b, "| **all** | %d | %d | %.1f %% |\n", total.made, total.found, 100*float64(total.found)/float64(total.made))
	return b.String()
}
