package suite

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// simulate runs jobs on a simulated clock and returns when each began, and the time until the last has ended.
func simulate(t interface{ Fatalf(string, ...any) }, limits Limits, jobs []*job, takes []time.Duration, again func(*job) bool) (began map[int]time.Duration, total time.Duration) {
	s := newSchedule(limits, jobs)
	start := time.Unix(0, 0)
	now := start
	ends := map[int]time.Time{}
	began = map[int]time.Duration{}
	for {
		for j := s.next(now, func(*job) bool { return true }); j != nil; j = s.next(now, func(*job) bool { return true }) {
			if _, twice := ends[j.index]; twice {
				t.Fatalf("job %d runs twice at the same time", j.index)
			}
			ends[j.index] = now.Add(takes[j.index])
			if _, ok := began[j.index]; !ok {
				began[j.index] = now.Sub(start)
			}
			checkLimits(t, s)
		}
		if len(ends) == 0 {
			break
		}
		first := -1
		for i, e := range ends {
			if first < 0 || e.Before(ends[first]) || e.Equal(ends[first]) && i < first {
				first = i
			}
		}
		now = ends[first]
		delete(ends, first)
		j := s.running[first]
		s.ended(j)
		if again(j) {
			s.again(j)
		}
	}
	if len(s.waiting) > 0 || s.memory != 0 || s.cores != 0 || len(s.groups) > 0 {
		t.Fatalf("at the end: %d jobs wait, %d bytes and %g processors are in use", len(s.waiting), s.memory, s.cores)
	}
	return began, now.Sub(start)
}

func checkLimits(t interface{ Fatalf(string, ...any) }, s *schedule) {
	var memory int64
	var cores float64
	groups := map[string]int{}
	for _, j := range s.running {
		memory += j.memory
		cores += j.cores
		if j.group != "" {
			groups[j.group]++
		}
	}
	if len(s.running) > 1 && (memory > s.limits.Memory || cores > s.limits.Cores+1e-6 || s.limits.Jobs > 0 && len(s.running) > s.limits.Jobs) {
		t.Fatalf("%d jobs use %d bytes and %g processors of %+v", len(s.running), memory, cores, s.limits)
	}
	for g, n := range groups {
		if n > 1 {
			t.Fatalf("%d jobs of the group %s run", n, g)
		}
	}
}

// TestSchedule: whatever the jobs are, the limits hold, one of a group runs at a time, each job runs as often as it is to,
// and none is overtaken for longer than it is expected to take and what then runs.
func TestSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{Jobs: rapid.IntRange(0, 5).Draw(t, "jobs"), Memory: rapid.Int64Range(1, 20).Draw(t, "memory"), Cores: float64(rapid.IntRange(1, 40).Draw(t, "cores")) / 4}
		n := rapid.IntRange(0, 30).Draw(t, "n")
		var jobs []*job
		var takes []time.Duration
		var longest time.Duration
		tries := map[int]int{}
		for i := range n {
			d := time.Duration(rapid.IntRange(1, 1000).Draw(t, "takes")) * time.Second
			takes, longest = append(takes, d), max(longest, d)
			jobs = append(jobs, &job{
				index: i, memory: rapid.Int64Range(0, 25).Draw(t, "m"), cores: float64(rapid.IntRange(0, 48).Draw(t, "c")) / 4,
				group: rapid.SampledFrom([]string{"", "", "", "a", "b"}).Draw(t, "group"), expected: d, first: rapid.Bool().Draw(t, "first"),
			})
		}
		retries := rapid.IntRange(0, 2).Draw(t, "retries")
		runs := map[int]int{}
		simulate(t, limits, jobs, takes, func(j *job) bool {
			runs[j.index]++
			if tries[j.index] == retries || j.index%3 > 0 {
				return false
			}
			tries[j.index]++
			return true
		})
		for i := range n {
			want := 1
			if i%3 == 0 {
				want += retries
			}
			if runs[i] != want {
				t.Fatalf("job %d ran %d times, want %d", i, runs[i], want)
			}
		}
	})
}

// TestNoStarvation: a job that needs the whole machine starts although small ones never end: each that ends is followed by
// another.
func TestNoStarvation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const small = 50
		large := time.Duration(rapid.IntRange(1, 60).Draw(t, "large")) * time.Second
		takes := []time.Duration{large}
		jobs := []*job{{index: 0, memory: 10, cores: 1, expected: large}}
		for i := range small {
			d := time.Duration(rapid.IntRange(61, 200).Draw(t, "small")) * time.Second
			takes = append(takes, d)
			jobs = append(jobs, &job{index: i + 1, memory: 1, cores: 0.1, expected: d})
		}
		left := 1000
		began, _ := simulate(t, Limits{Memory: 10, Cores: 100}, jobs, takes, func(j *job) bool { left--; return j.index > 0 && left > 0 })
		// It is last in the order. It is overtaken once those before it have all started, for its own time at most.
		if limit := time.Duration(small/10+1)*200*time.Second + large + 200*time.Second; began[0] > limit {
			t.Fatalf("the large job began after %v, want %v at most", began[0], limit)
		}
	})
}

// TestLongestFirst: two long tests at the end would double the time.
func TestLongestFirst(t *testing.T) {
	var jobs []*job
	var takes []time.Duration
	for i, s := range []int{1, 1, 1, 1, 1, 1, 10, 10} {
		takes = append(takes, time.Duration(s)*time.Second)
		jobs = append(jobs, &job{index: i, memory: 1, cores: 1, expected: takes[i]})
	}
	if _, total := simulate(t, Limits{Memory: 2, Cores: 2}, jobs, takes, func(*job) bool { return false }); total != 13*time.Second {
		t.Errorf("%v, want 13 s", total)
	}
}

// TestFailedFirst: they are before longer ones.
func TestFailedFirst(t *testing.T) {
	jobs := []*job{{index: 0, expected: 9}, {index: 1, expected: 1, first: true}}
	if j := newSchedule(Limits{}, jobs).next(time.Unix(0, 0), nil); j.index != 1 {
		t.Errorf("job %d is first", j.index)
	}
}

// TestSplit: over all parts each test is there exactly once, the order of the tests does not matter, and a part by time is
// not longer than the ideal and the longest test.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 50).Draw(t, "n")
		known := map[string]Known{}
		var tests []Test
		for i := range n {
			id := fmt.Sprintf("t%d.star", i)
			tests = append(tests, Test{ID: id})
			if rapid.Bool().Draw(t, "known") {
				known[id] = Known{Duration: time.Duration(rapid.IntRange(1, 1000).Draw(t, "s")) * time.Second}
			}
		}
		how := rapid.SampledFrom([]string{"", "slice", "hash", "time"}).Draw(t, "how")
		total := rapid.IntRange(1, 12).Draw(t, "total")
		parts := Split(tests, how, total, known)
		shuffled := rapid.Permutation(tests).Draw(t, "order")
		again := Split(shuffled, how, total, known)
		seen := map[string]int{}
		for i, part := range parts {
			a, b := ids(part), ids(again[i])
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(a, b) {
				t.Fatalf("part %d has %q, in another order of the tests %q", i, a, b)
			}
			for _, x := range part {
				seen[x.ID]++
			}
		}
		for _, x := range tests {
			if seen[x.ID] != 1 {
				t.Fatalf("%s is in %d parts", x.ID, seen[x.ID])
			}
		}
		if how != "time" {
			return
		}
		var sum, longest, most time.Duration
		expected := durations(tests, known)
		for _, d := range expected {
			sum, longest = sum+d, max(longest, d)
		}
		for _, part := range parts {
			var d time.Duration
			for _, x := range part {
				d += expected[x.ID]
			}
			most = max(most, d)
		}
		if limit := sum/time.Duration(total) + longest; most > limit {
			t.Fatalf("a part takes %v, want %v at most", most, limit)
		}
	})
}

func TestParsePartition(t *testing.T) {
	for _, c := range []struct {
		text, want string
		env        map[string]string
	}{
		{"2/4", "2/4", nil}, {"hash:1/3", "hash:1/3", nil}, {"time:3/3", "time:3/3", nil},
		{"auto", "2/5", map[string]string{"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "5"}},
		{"hash:auto", "hash:3/5", map[string]string{"BUILDKITE_PARALLEL_JOB": "2", "BUILDKITE_PARALLEL_JOB_COUNT": "5"}},
		{"auto/8", "4/8", map[string]string{"JOB_COMPLETION_INDEX": "3"}},
		{"auto", "3/4", map[string]string{"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_MIN": "5", "SLURM_ARRAY_TASK_COUNT": "4"}},
		{"auto", "1/2", map[string]string{"TEST_SHARD_INDEX": "0", "TEST_TOTAL_SHARDS": "2"}},
	} {
		p, err := ParsePartition(c.text, func(n string) string { return c.env[n] })
		if err != nil || p.String() != c.want {
			t.Errorf("%s %v: %v, %v; want %s", c.text, c.env, p, err, c.want)
		}
	}
	for text, env := range map[string]map[string]string{
		"0/4": nil, "5/4": nil, "x/4": nil, "2": nil, "by:1/2": nil, "1/0": nil, "1/1000000": nil, "auto": nil, "auto/3": {"JOB_COMPLETION_INDEX": "3"},
		"hash:auto": {"JOB_COMPLETION_INDEX": "1"},
	} {
		if p, err := ParsePartition(text, func(n string) string { return env[n] }); err == nil {
			t.Errorf("%s %v: %v", text, env, p)
		}
	}
}
