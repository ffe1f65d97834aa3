package suite

import (
	"cmp"
	"slices"
	"time"
)

// Limits are what the tests that run at the same time may use together.
type Limits struct {
	Jobs   int // 0: no limit
	Memory int64
	Cores  float64
}

// job is a test that waits or runs.
type job struct {
	index    int // of the test
	memory   int64
	cores    float64
	group    string
	expected time.Duration
	first    bool // before all others, such as one that failed last time

	overtaken time.Time // when another job first went before this one, which did not fit
}

// schedule decides which test starts next. It knows neither processes nor clocks.
//
// A job starts when the memory and the processors of all its machines are free, and holds them to its end. Jobs wait in an
// order: first those with first, then the longest. A job that does not fit may be overtaken by later ones, but only for as long
// as it is expected to take itself: then no later one starts before it. So none waits for ever, and a large one does not leave
// the machine idle. A job that is larger than the limits runs alone.
type schedule struct {
	limits  Limits
	waiting []*job // in order
	running map[int]*job
	groups  map[string]bool
	memory  int64
	cores   float64
	others  claim // what other runs on this machine have
}

func newSchedule(limits Limits, jobs []*job) *schedule {
	s := &schedule{limits: limits, running: map[int]*job{}, groups: map[string]bool{}, waiting: slices.Clone(jobs)}
	slices.SortStableFunc(s.waiting, func(a, b *job) int {
		if a.first != b.first {
			if a.first {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.expected, a.expected)
	})
	return s
}

// fits reports whether a job can start beside those that run.
func (s *schedule) fits(j *job) bool {
	if s.idle() {
		return true
	}
	const rounding = 1e-9 // of a sum of fractions of processors
	return (s.limits.Jobs == 0 || len(s.running) < s.limits.Jobs) && s.memory+j.memory <= s.limits.Memory && s.cores+s.others.Cores+j.cores <= s.limits.Cores+rounding
}

// idle reports whether nothing runs, in other runs neither.
func (s *schedule) idle() bool { return len(s.running) == 0 && s.others.Tests == 0 }

// tooLarge reports whether a job can only run alone.
func (l Limits) tooLarge(j *job) bool { return j.memory > l.Memory || j.cores > l.Cores }

// minWait is how long a job may be overtaken at least: very short ones would stop the others at once.
const minWait = time.Second

// next starts a job, nil if none can start now. may is asked last whether the host has room for the job, and not if nothing
// runs.
func (s *schedule) next(now time.Time, may func(*job) bool) *job {
	for i, j := range s.waiting {
		if j.group != "" && s.groups[j.group] {
			continue // the first of its group in the order starts when this one has ended
		}
		if s.fits(j) && (s.idle() || may(j)) {
			for _, before := range s.waiting[:i] {
				if before.overtaken.IsZero() && (before.group == "" || !s.groups[before.group]) {
					before.overtaken = now
				}
			}
			s.waiting = slices.Delete(s.waiting, i, i+1)
			s.running[j.index] = j
			s.memory += j.memory
			s.cores += j.cores
			if j.group != "" {
				s.groups[j.group] = true
			}
			return j
		}
		if !j.overtaken.IsZero() && now.Sub(j.overtaken) >= max(j.expected, minWait) {
			return nil
		}
	}
	return nil
}

// ended frees what a job held.
func (s *schedule) ended(j *job) {
	delete(s.running, j.index)
	s.memory -= j.memory
	if s.cores -= j.cores; len(s.running) == 0 {
		s.cores = 0
	}
	if j.group != "" {
		delete(s.groups, j.group)
	}
}

// again puts a job behind all that wait, for another try.
func (s *schedule) again(j *job) {
	j.overtaken = time.Time{}
	s.waiting = append(s.waiting, j)
}
