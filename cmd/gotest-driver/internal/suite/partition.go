package suite

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Partition is one of several parts of a suite, which together have each test exactly once.
type Partition struct {
	How          string // "slice", "hash" or "time"; empty: time if there is a history, else slice
	Index, Total int    // Index counts from 1
}

// String returns the form that ParsePartition reads.
func (p Partition) String() string {
	how := ""
	if p.How != "" {
		how = p.How + ":"
	}
	return fmt.Sprintf("%s%d/%d", how, p.Index, p.Total)
}

var partitionKinds = []string{"slice", "hash", "time"}

// maxPartitions limits the parts of a suite.
const maxPartitions = 100_000

// ParsePartition reads "2/4", "hash:2/4", "auto" and "auto/8". getenv tells what a CI system says of its machines.
func ParsePartition(text string, getenv func(string) string) (Partition, error) {
	how, part, found := strings.Cut(text, ":")
	if !found {
		how, part = "", text
	}
	wrong := fmt.Errorf("--partition %s: want INDEX/TOTAL such as 2/4, with slice:, hash: or time: before it, or auto", text)
	if how != "" && !slices.Contains(partitionKinds, how) {
		return Partition{}, wrong
	}
	index, total, _ := strings.Cut(part, "/")
	if index == "auto" {
		p, err := ofEnvironment(total, getenv)
		p.How = how
		return p, err
	}
	p := Partition{How: how}
	var ierr, terr error
	p.Index, ierr = strconv.Atoi(index)
	p.Total, terr = strconv.Atoi(total)
	if ierr != nil || terr != nil || p.Total < 1 || p.Total > maxPartitions || p.Index < 1 || p.Index > p.Total {
		return Partition{}, wrong
	}
	return p, nil
}

// engine is how an engine tells its jobs which part of a whole they are.
type engine struct {
	name, index, total string // total: the variable's name; empty: the user has to say it
	first              int    // the index of the first job
	min                string // the variable with the index of the first job, instead
}

var engines = []engine{
	{name: "Bazel", index: "TEST_SHARD_INDEX", total: "TEST_TOTAL_SHARDS"},
	{name: "GitLab", index: "CI_NODE_INDEX", total: "CI_NODE_TOTAL", first: 1},
	{name: "Buildkite", index: "BUILDKITE_PARALLEL_JOB", total: "BUILDKITE_PARALLEL_JOB_COUNT"},
	{name: "CircleCI", index: "CIRCLE_NODE_INDEX", total: "CIRCLE_NODE_TOTAL"},
	{name: "Kubernetes", index: "JOB_COMPLETION_INDEX"},
	{name: "Slurm", index: "SLURM_ARRAY_TASK_ID", total: "SLURM_ARRAY_TASK_COUNT", min: "SLURM_ARRAY_TASK_MIN"},
	{name: "Nomad", index: "NOMAD_ALLOC_INDEX", total: "NOMAD_META_total"},
	{name: "AWS Batch", index: "AWS_BATCH_JOB_ARRAY_INDEX", total: "AWS_BATCH_JOB_ARRAY_SIZE"},
}

// ofEnvironment returns the partition that a CI system's variables name. total, unless it is empty, replaces the system's.
func ofEnvironment(total string, getenv func(string) string) (Partition, error) {
	for _, e := range engines {
		index := getenv(e.index)
		if index == "" {
			continue
		}
		first, count := strconv.Itoa(e.first), total
		if e.min != "" {
			first = cmp.Or(getenv(e.min), "0")
		}
		if count == "" && e.total != "" {
			count = getenv(e.total)
		}
		if count == "" {
			return Partition{}, fmt.Errorf("--partition auto: %s (%s=%s) does not say how many jobs there are: give --partition auto/TOTAL", e.name, e.index, index)
		}
		i, ierr := strconv.Atoi(index)
		f, ferr := strconv.Atoi(first)
		n, nerr := strconv.Atoi(count)
		if i = i - f + 1; errors.Join(ierr, ferr, nerr) != nil || n < 1 || n > maxPartitions || i < 1 || i > n {
			return Partition{}, fmt.Errorf("--partition auto: the variables of %s (%s=%s of %s) name no part", e.name, e.index, index, count)
		}
		return Partition{Index: i, Total: n}, nil
	}
	var names []string
	for _, e := range engines {
		names = append(names, e.index)
	}
	return Partition{}, fmt.Errorf("--partition auto: no variable of a CI system is set (%s): give INDEX/TOTAL", strings.Join(names, ", "))
}

// Split returns the tests of each part. Each machine that splits the same tests by the same history gets the same parts, in
// whatever order the tests are given.
func Split(tests []Test, how string, total int, known map[string]Known) [][]Test {
	if how == "" {
		how = "slice"
		if slices.ContainsFunc(tests, func(t Test) bool { return known[Base(t.ID)].Duration > 0 }) {
			how = "time"
		}
	}
	sorted := slices.Clone(tests)
	slices.SortFunc(sorted, func(a, b Test) int { return cmp.Compare(a.ID, b.ID) })
	part := make(map[string]int, len(tests)) // by identity
	switch how {
	case "hash":
		for _, t := range sorted {
			h := fnv.New64a()
			_, _ = h.Write([]byte(t.ID)) // never fails
			part[t.ID] = int(h.Sum64() % uint64(total))
		}
	case "time":
		expected := durations(sorted, known)
		slices.SortStableFunc(sorted, func(a, b Test) int { return cmp.Compare(expected[b.ID], expected[a.ID]) })
		load := make([]time.Duration, total)
		for _, t := range sorted {
			least := 0
			for i := range load {
				if load[i] < load[least] {
					least = i
				}
			}
			load[least] += max(expected[t.ID], time.Millisecond)
			part[t.ID] = least
		}
	default:
		for i, t := range sorted {
			part[t.ID] = i % total
		}
	}
	parts := make([][]Test, total)
	for _, t := range tests {
		parts[part[t.ID]] = append(parts[part[t.ID]], t)
	}
	return parts
}

// durations returns how long each test is expected to take; one that is not known takes as long as the median of the others,
// or a minute.
func durations(tests []Test, known map[string]Known) map[string]time.Duration {
	var all []time.Duration
	for _, t := range tests {
		if d := known[Base(t.ID)].Duration; d > 0 && t.Skip == "" {
			all = append(all, d)
		}
	}
	median := time.Minute
	if len(all) > 0 {
		slices.Sort(all)
		median = all[len(all)/2]
	}
	out := map[string]time.Duration{}
	for _, t := range tests {
		if t.Skip == "" {
			out[t.ID] = cmp.Or(known[Base(t.ID)].Duration, median)
		}
	}
	return out
}
