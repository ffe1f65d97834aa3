package bridge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/check"
)

// mutant is a line of testdata/mutate.py: a script with one mistake, or a correct one when What is empty.
type mutant struct {
	File, Kind, What, Source string
	Findings                 []raw
}

// raw is a finding of _check.py.
type raw [6]any

// confirmed returns the findings of a script that the driver confirms.
func (m *mutant) confirmed(t *testing.T) []check.Finding {
	cfg := check.Config{Guests: []string{"tiny", "debian", "desktop", "container"}}
	var out []check.Finding
	for _, r := range m.Findings {
		v := make(starlark.Tuple, len(r))
		for i, x := range r {
			switch x := x.(type) {
			case string:
				v[i] = starlark.String(x)
			case float64:
				v[i] = starlark.MakeInt(int(x))
			case []any:
				list := starlark.NewList(nil)
				for _, word := range x {
					_ = list.Append(starlark.String(word.(string)))
				}
				v[i] = list
			}
		}
		f, err := finding(v, cfg, newText(m.File, []byte(m.Source)))
		if err != nil {
			t.Fatalf("%s: %v", m.File, err)
		}
		if f != nil {
			out = append(out, *f)
		}
	}
	return out
}

// mutants makes the mutants of all scripts.
func mutants(t *testing.T, files []string) []mutant {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	processes := runtime.GOMAXPROCS(0)
	parts := make([][]mutant, processes)
	var wg sync.WaitGroup
	for i := range processes {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), "python3", append([]string{"-W", "ignore", "testdata/mutate.py", fmt.Sprint(processes), fmt.Sprint(i)}, files...)...)
			cmd.Env = append(os.Environ(), "PYTHONPATH="+dir, "PYTHONDONTWRITEBYTECODE=1")
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Errorf("testdata/mutate.py: %v", err)
			}
			lines := bufio.NewScanner(strings.NewReader(string(out)))
			lines.Buffer(nil, len(out)+1)
			for lines.Scan() {
				var m mutant
				if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
					t.Errorf("%q: %v", lines.Text(), err)
				}
				parts[i] = append(parts[i], m)
			}
		})
	}
	wg.Wait()
	return slices.Concat(parts...)
}

// The share of mistakes in Python scripts that are found, by kind, and those that are not, by name: both are in testdata/mutation.md.
func TestMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	own, _ := filepath.Glob("testdata/corpus/*.py")
	conformance, _ := filepath.Glob("../../run/testdata/python/*/*.py")
	if len(own) < 40 || len(conformance) < 15 {
		t.Fatalf("there are %d scripts and %d conformance scripts", len(own), len(conformance))
	}
	correct := map[string]map[string]int{} // by file: how often it has a finding
	made, found := map[string]int{}, map[string]int{}
	var missed []string
	for _, m := range mutants(t, slices.Concat(own, conformance)) {
		findings := map[string]int{}
		for _, f := range m.confirmed(t) {
			findings[string(f.Code)+f.Message]++
			if m.What == "" && (f.Severity == check.Error || strings.HasPrefix(m.File, "testdata")) {
				t.Errorf("%s:%d: %s: %s", m.File, f.Start.Line, f.Code, f.Message)
			}
		}
		if m.What == "" {
			correct[m.File] = findings
			continue
		}
		made[m.Kind]++
		for f, n := range findings {
			if n > correct[m.File][f] {
				found[m.Kind]++
				findings = nil
				break
			}
		}
		if findings != nil && strings.HasPrefix(m.File, "testdata") { // the other scripts change too often
			missed = append(missed, fmt.Sprintf("- %s: %s:%s", m.Kind, strings.TrimPrefix(m.File, "testdata/corpus/"), m.What))
		}
	}
	slices.Sort(missed)
	all, right := 0, 0
	var table strings.Builder
	table.WriteString("# Mistakes put into correct scripts in Python, and how many `check` finds\n\n" +
		"Made by `UPDATE=1 go test -run TestMutations ./cmd/gotest-driver/internal/python/bridge` from the scripts below corpus/ and the\nconformance scripts.\n\n" +
		"| mistake | made | found |\n|---|--:|--:|\n")
	for _, kind := range slices.Sorted(maps.Keys(made)) {
		fmt.Fprintf(&table, "| %s | %d | %d |\n", kind, made[kind], found[kind])
		all, right = all+made[kind], right+found[kind]
	}
	const notFound = "\nNot found in the scripts below corpus/:\n\n"
	fmt.Fprintf(&table, "| **all** | %d | %d |\n%s%s\n", all, right, notFound, strings.Join(missed, "\n"))
	if len(made) < 20 || all < 5000 || right*100 < all*98 {
		t.Errorf("%d of %d mutants of %d kinds are found, want 98 %% of 5000 or more of 20 kinds", right, all, len(made))
	}
	const file = "testdata/mutation.md"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	_, list, _ := strings.Cut(string(b), notFound)
	if d := cmp.Diff(strings.Split(strings.TrimSpace(list), "\n"), missed); err != nil || d != "" {
		t.Errorf("%s does not list what is not found (- listed, + not found): run with UPDATE=1 (%v)\n%s", file, err, d)
	}
}
