package check

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	if n := len(files); n < 100 {
		t.Errorf("the corpus has %d scripts, want 100", n)
	}
	for path, src := range files {
		for _, f := range checkCorpus(path, src) {
			if f.Severity == Error || strings.HasPrefix(path, "testdata") {
				t.Errorf("%s:%d:%d: %s: %s", f.File, f.Start.Line, f.Start.Column, f.Code, f.Message)
			}
		}
	}
}

// notFound is the line in the table's file above the mistakes that no finding names.
const notFound = "\nNot found in the scripts below corpus/:\n\n"

type score struct{ made, found int }

// The share of mistakes that are found, by kind, and those that are not, by name: both are in testdata/mutation.md.
func TestMutations(t *testing.T) {
	scores := map[string]*score{}
	total := &score{}
	var missed []string
	files := corpus(t)
	for _, path := range sortedKeys(files) {
		var all []mutant
		if strings.HasPrefix(path, "testdata") {
			all = mutants(path, files[path])
		}
		all = append(all, slips(path, files[path])...)
		found := make([]bool, len(all))
		var next atomic.Int64
		var wg sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(all); i = int(next.Add(1)) - 1 {
					fs := checkCorpus(path, []byte(all[i].src))
					found[i] = len(fs) > 0 && (all[i].slip || foundAt(fs, all[i].line))
				}
			})
		}
		wg.Wait()
		for i, m := range all {
			s := scores[m.kind]
			if s == nil {
				s = &score{}
				scores[m.kind] = s
			}
			s.made++
			total.made++
			if found[i] {
				s.found++
				total.found++
			} else if strings.HasPrefix(path, "testdata") { // the other scripts change too often
				missed = append(missed, "- "+m.kind+": "+m.what)
			}
		}
	}
	sort.Strings(missed)
	table := "# Mistakes put into correct scripts, and how many `check` finds\n\n" +
		"Made by `UPDATE=1 go test -run TestMutations ./script/check` from the scripts below corpus/, the examples and the\n" +
		"conformance scripts.\n\n" + mutationTable(scores, total) + notFound + strings.Join(missed, "\n") + "\n"
	const file = "testdata/mutation.md"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if total.made < 10000 || float64(total.found) < 0.99*float64(total.made) {
		t.Errorf("%d of %d mutants are found, want 99 %% of 10000 or more", total.found, total.made)
	}
	b, err := os.ReadFile(file)
	_, list, _ := strings.Cut(string(b), notFound)
	if d := cmp.Diff(strings.Split(strings.TrimSpace(list), "\n"), missed); err != nil || d != "" {
		t.Errorf("%s does not list what is not found (- listed, + not found): run UPDATE=1 go test -run TestMutations ./script/check (%v)\n%s", file, err, d)
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
	b.WriteString("| mistake | made | found | |\n|---|--:|--:|--:|\n")
	for _, k := range sortedKeys(scores) {
		s := scores[k]
		fmt.Fprintf(&b, "| %s | %d | %d | %.1f %% |\n", k, s.made, s.found, 100*float64(s.found)/float64(s.made))
	}
	fmt.Fprintf(&b, "| **all** | %d | %d | %.1f %% |\n", total.made, total.found, 100*float64(total.found)/float64(total.made))
	return b.String()
}
