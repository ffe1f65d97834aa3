// Package suite runs many tests: it reads suite.toml, chooses the tests of a partition, starts a process for each as soon as
// the memory and the processors of all its machines are free, tries again what failed, and writes the reports about all.
package suite

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Test is a test of a suite: a script, or some of its test functions, with one combination of the matrix.
type Test struct {
	// ID names the test in histories, partitions and reports, the same on each machine: the script's path below the suite's
	// directory, with slashes, then "::" and the pattern of its functions, then the matrix in brackets, then "#" and the number
	// of a repetition.
	ID     string            `json:"id"`
	Script string            `json:"script"`           // its path
	Run    string            `json:"run,omitempty"`    // the pattern of its test functions; empty: all
	Matrix map[string]string `json:"matrix,omitempty"` // what the script sees as matrix
	Tags   []string          `json:"tags,omitempty"`
	Group  string            `json:"group,omitempty"` // only one test of a group runs at a time
	Skip   string            `json:"skip,omitempty"`  // why it does not run; empty: it does
	// Retries is how often the test is tried again after a failure; -1: as the command line says, else never.
	Retries int           `json:"-"`
	Slow    time.Duration `json:"-"`       // after which the test is said to be slow; 0: DefaultSlow
	Timeout time.Duration `json:"-"`       // after which it fails; 0: what its configuration says
	Factor  float64       `json:"-"`       // by which Slow and Timeout are longer where machines are emulated; 0: by the load
	Memory  int64         `json:"memory"`  // bytes that it needs; 0: not said
	Cores   float64       `json:"cores"`   // processors that it needs; 0: not said
	Seconds float64       `json:"seconds"` // how long it takes as far as is known; 0: not known

	requires []string
}

// DefaultSlow is the time after which a test is said to be slow.
const DefaultSlow = time.Minute

// newTest returns the test of a script in the suite of a directory.
func newTest(dir, script string) Test {
	return Test{ID: identity(dir, script), Script: script, Retries: -1}
}

// identity returns a script's path below a directory with slashes, or the whole path of one elsewhere.
func identity(dir, script string) string {
	d, derr := filepath.Abs(dir)
	s, serr := filepath.Abs(script)
	if derr != nil || serr != nil || strings.HasPrefix(script, "<") {
		return script
	}
	if rel, err := filepath.Rel(d, s); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(s)
}

// OfScripts returns the tests of scripts without a suite.toml. dir is what their identities are relative to.
func OfScripts(dir string, scripts []string) []Test {
	var out []Test
	for _, s := range scripts {
		out = append(out, newTest(dir, s))
	}
	return Unique(out)
}

// Unique gives tests of one identity, which a user has named twice, numbers.
func Unique(tests []Test) []Test {
	used := map[string]int{}
	for i := range tests {
		id := tests[i].ID
		if used[id]++; used[id] > 1 {
			tests[i].ID = numbered(id, used[id])
		}
	}
	return tests
}

// Tagged returns the tests that have one of the tags, and none of those behind an exclamation mark.
func Tagged(tests []Test, tags []string) []Test {
	var want, not []string
	for _, t := range tags {
		if n, ok := strings.CutPrefix(t, "!"); ok {
			not = append(not, n)
		} else {
			want = append(want, t)
		}
	}
	has := func(t Test, list []string) bool {
		return slices.ContainsFunc(list, func(x string) bool { return slices.Contains(t.Tags, x) })
	}
	var out []Test
	for _, t := range tests {
		if (len(want) == 0 || has(t, want)) && !has(t, not) {
			out = append(out, t)
		}
	}
	return out
}

// Repeated returns each test n times, with the number in its identity if there are several.
func Repeated(tests []Test, n int) []Test {
	if n == 1 {
		return tests
	}
	var out []Test
	for _, t := range tests {
		for i := range n {
			r := t
			r.ID = numbered(t.ID, i+1)
			out = append(out, r)
		}
	}
	return out
}

func numbered(id string, n int) string { return id + "#" + strconv.Itoa(n) }

// Base returns the identity of a test without the number of a repetition.
func Base(id string) string {
	if i := strings.LastIndexByte(id, '#'); i > 0 && digits(id[i+1:]) {
		return id[:i]
	}
	return id
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Dirs returns a directory name for each test: the name of its script, with what makes it unique.
func Dirs(tests []Test) []string {
	used := map[string]bool{}
	out := make([]string, len(tests))
	for i, t := range tests {
		name := strings.Trim(strings.TrimSuffix(filepath.Base(t.Script), filepath.Ext(t.Script)), "<>")
		if rest := strings.TrimPrefix(t.ID, identityOfScript(t)); rest != "" {
			name += "-" + strings.Trim(strings.Map(fileRune, rest), "-")
		}
		name = name[:min(len(name), 100)]
		for n := 1; ; n++ {
			out[i] = name
			if n > 1 {
				out[i] += "-" + strconv.Itoa(n)
			}
			if !used[out[i]] {
				break
			}
		}
		used[out[i]] = true
	}
	return out
}

// identityOfScript returns the part of a test's identity that names its script.
func identityOfScript(t Test) string {
	if i := strings.Index(t.ID, filepath.Base(t.Script)); i >= 0 {
		return t.ID[:i+len(filepath.Base(t.Script))]
	}
	return t.ID
}

func fileRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '=' {
		return r
	}
	return '-'
}
