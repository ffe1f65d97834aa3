package suite

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/report"
)

// logged writes the log of a partition.
func logged(t *testing.T, dir string, h Head, ended bool, ids ...string) string {
	t.Helper()
	l, err := createLog(filepath.Join(dir, LogName), h)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	for _, id := range ids {
		if err := l.write(logLine{Result: &Result{Test: Test{ID: id}, Status: report.Passed}}); err != nil {
			t.Fatal(err)
		}
	}
	if ended {
		if err := l.write(logLine{Ended: true}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMerge(t *testing.T) {
	all := []string{"a", "b", "c"}
	part := func(p string) Head { return Head{Suite: "s", Partition: p, All: all} }
	one := logged(t, t.TempDir(), part("1/2"), true, "a", "c")
	two := logged(t, t.TempDir(), part("2/2"), true, "b")
	again := logged(t, t.TempDir(), part("2/2"), true, "b")
	killed := logged(t, t.TempDir(), part("2/2"), false)
	third := logged(t, t.TempDir(), part("3/3"), true, "b")
	other := logged(t, t.TempDir(), Head{Suite: "s", Partition: "2/2", All: []string{"a", "x"}}, true, "x")
	for _, c := range []struct {
		dirs []string
		want []string // of the error
		n    int
	}{
		{[]string{one, two}, nil, 3},
		{[]string{two, one}, nil, 3},
		{[]string{one}, []string{"partition 2/2 is missing"}, 3},
		{[]string{one, two, again}, []string{"are both partition 2/2", "the test b is in"}, 3},
		{[]string{one, killed}, []string{"the run did not come to its end"}, 3},
		{[]string{one, third}, []string{`is "3/3": they are not of the same run`, "partition 2/2 is missing"}, 3},
		{[]string{one, other}, []string{"have different tests"}, 4},
		{[]string{t.TempDir()}, []string{"is no output directory of a suite"}, 0},
	} {
		_, results, err := Merge(c.dirs)
		if (err != nil) != (len(c.want) > 0) || len(results) != c.n {
			t.Errorf("%q: %v, %d results", c.dirs, err, len(results))
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not in %v", want, err)
			}
		}
	}
}
