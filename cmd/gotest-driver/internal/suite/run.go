package suite

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// Options are the settings of a suite's run.
type Options struct {
	Name      string
	Tests     []Test   // those of this part
	All       []string // the identities of the tests of all parts
	Partition string   // which part this is; empty: all
	OutDir    string
	Limits    Limits
	Fixed     bool   // the memory of Limits is the user's: how much is free is not looked at, nor what other runs have
	OwnCores  bool   // the processors of Limits are the user's: what other runs have is not looked at
	Slots     string // the directory that the runs on this machine share; empty: none
	Retries   int    // of tests that say nothing else
	UntilFail bool   // after the first failure nothing more starts

	FailedFirst bool
	Known       map[string]Known
	History     string // the file; empty: none
	Host        Host
	// Command returns the words that run a test once, with an output directory, and the program's standard input.
	Command func(t Test, dir string, limit time.Duration) (words []string, stdin []byte)
	Environ []string          // of these processes
	Done    map[string]Result // results of an earlier run, which are kept
	Stress  bool
	Cluster *Cluster // nil: the tests run on this machine
	View    View
}

// View shows a suite that runs. Its methods are called one after the other.
type View interface {
	// Tick shows what happens now. The view may keep the state until the next call.
	Tick(State)
	// Note shows a line about the suite, or about a test.
	Note(text string)
	// Ended shows a try that has ended. again: the test is tried again.
	Ended(r *Result, again bool)
	// Close removes what shows what happens now.
	Close() error
}

// State is what happens in a suite.
type State struct {
	Total    int // tests
	Results  int // of them, those that have ended
	Failed   int
	Flaky    int
	Running  []Running
	Left     time.Duration // until the end, roughly; 0: not known
	Memory   int64         // that the running tests have reserved, in bytes
	MemoryOf int64         // of
}

// Running is a test that runs.
type Running struct {
	ID       string
	Try      int
	Since    time.Duration
	Now      string   // what it does
	Machines []string // with their states
}

// runner runs a suite.
type runner struct {
	Options
	executor executor
	dirs     []string
	results  []Result // by the index of the test
	tries    []int    // that are left
	s        *schedule
	log      *log
	slots    *slots    // nil: this machine is not shared
	waits    time.Time // since when nothing runs because of other runs
	saidWait bool
	children map[int]*child
	ended    chan int
	stop     bool // nothing more starts
	errs     error
	expected map[string]time.Duration
}

// Run runs the tests and returns their results in the order of the tests. The error is about the suite, not about its tests.
func Run(ctx context.Context, o Options) ([]Result, error) {
	r := &runner{Options: o, dirs: Dirs(o.Tests), children: map[int]*child{}, ended: make(chan int), expected: durations(o.Tests, o.Known)}
	var err error
	head := Head{Suite: o.Name, Began: o.Host.Now, Partition: o.Partition, All: o.All}
	if r.log, err = createLog(filepath.Join(o.OutDir, LogName), head); err != nil {
		return nil, err
	}
	stressed := func() []int { return nil }
	if o.Cluster != nil {
		r.executor, err = o.Cluster.begin(ctx, &o)
	} else {
		l := newLocal(&o)
		r.executor, stressed = l, l.running
	}
	if err != nil {
		return nil, errors.Join(err, r.log.close())
	}
	if r.slots = openSlots(o.Slots); r.slots != nil {
		defer r.slots.close()
		r.makeRoom()
	}
	r.prepare()
	r.loop(ctx, stressed)
	if ctx.Err() == nil && r.errs == nil {
		r.fail(r.log.write(logLine{Ended: true}))
	}
	err = errors.Join(r.errs, r.executor.close(), r.log.close())
	r.note()
	return r.results, errors.Join(err, o.View.Close())
}

// note shows what the executor has to say.
func (r *runner) note() {
	for _, text := range r.executor.notes() {
		r.View.Note(text)
	}
}

// fail notes an error of the suite, such as a full disk, after which nothing more starts.
func (r *runner) fail(err error) {
	if err != nil && r.errs == nil {
		r.errs, r.stop = err, true
	}
}

// prepare makes the jobs of the tests that run.
func (r *runner) prepare() {
	r.results, r.tries = make([]Result, len(r.Tests)), make([]int, len(r.Tests))
	var jobs []*job
	for i, t := range r.Tests {
		r.results[i] = Result{Test: t, Status: report.Interrupted, Root: r.OutDir, Shard: r.Partition, Digest: digest(t.Script)}
		if r.tries[i] = t.Retries; t.Retries < 0 {
			r.tries[i] = r.Retries
		}
		old, done := r.Done[t.ID]
		switch {
		case done && old.Digest == r.results[i].Digest && old.Status != report.Interrupted:
			old.Test, old.Root, old.Shard = t, r.OutDir, r.Partition
			r.results[i] = old
			r.fail(r.log.write(logLine{Result: &old}))
		case t.Skip != "":
			r.results[i].Status = report.Skipped
			r.fail(r.log.write(logLine{Result: &r.results[i]}))
			r.View.Ended(&r.results[i], false)
		default:
			k := r.Known[Base(t.ID)]
			jobs = append(jobs, &job{
				index: i, memory: t.Memory, cores: t.Cores, group: t.Group, expected: r.expected[t.ID], first: r.FailedFirst && k.Failed,
			})
		}
	}
	for _, j := range jobs {
		if r.Limits.tooLarge(j) {
			r.View.Note(fmt.Sprintf("warning: %s needs %s and %.3g processors, more than the %s and %.3g that there are for tests: it runs alone",
				r.Tests[j.index].ID, bytesText(j.memory), j.cores, bytesText(r.Limits.Memory), r.Limits.Cores))
		}
	}
	r.s = newSchedule(r.Limits, jobs)
}

// digest returns the checksum of a script, empty if it can't be read.
func digest(script string) string {
	b, err := os.ReadFile(script)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// The times between two looks at what happens.
const (
	tick   = 200 * time.Millisecond
	sample = time.Second
)

// loop starts tests and waits for them until none is left.
func (r *runner) loop(ctx context.Context, stressed func() []int) {
	if r.Stress {
		defer startStress(ctx, func() []int { return qemus(stressed()) })()
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	done := ctx.Done()
	var sampled time.Time
	for {
		if ctx.Err() != nil {
			r.stop = true
		}
		r.admit(ctx)
		if len(r.children) == 0 && (r.stop || len(r.s.waiting) == 0) {
			return
		}
		select {
		case i := <-r.ended:
			r.reap(ctx, r.children[i])
		case now := <-ticker.C:
			if now.Sub(sampled) >= sample {
				sampled = now
				r.sample()
			}
			r.look()
		case <-done:
			done = nil // the tests have been told, too
		}
	}
}

// makeRoom adds to what this run may use the memory that tests of other runs use now: they end.
func (r *runner) makeRoom() {
	if r.Fixed {
		return
	}
	if unlock := r.slots.lock(); unlock != nil {
		defer unlock()
		o := r.slots.others(time.Now())
		r.Limits.Memory += max(0, o.Memory-o.Unused)
	}
}

// admit starts the tests that can start now.
func (r *runner) admit(ctx context.Context) {
	now, first := time.Now(), true
	if r.slots != nil {
		unlock := r.slots.lock()
		if unlock == nil {
			return // another run starts a test just now
		}
		defer unlock()
		r.s.others = r.slots.others(now)
		// A run that has nothing running goes first, in the order in which such runs came.
		first = r.s.others.Waits.IsZero() || !r.waits.IsZero() && !r.s.others.Waits.Before(r.waits)
		if r.OwnCores {
			r.s.others.Cores = 0
		}
	}
	for first && !r.stop {
		j := r.s.next(now, r.may)
		if j == nil {
			break
		}
		r.start(ctx, j)
	}
	r.executor.flush()
	if r.slots != nil {
		r.tell(now)
	}
}

// tell tells the other runs what this one has.
func (r *runner) tell(now time.Time) {
	switch waits := len(r.s.running) == 0 && len(r.s.waiting) > 0 && !r.stop; {
	case !waits:
		r.waits = time.Time{}
	case r.waits.IsZero():
		r.waits = now
	case !r.saidWait && now.Sub(r.waits) > DefaultSlow/6:
		r.saidWait = true
		r.View.Note("the tests wait for another run on this machine, which uses its memory or its processors")
	}
	own := claim{Tests: len(r.s.running), Memory: r.s.memory, Unused: r.unused(), Cores: r.s.cores, Waits: r.waits}
	if err := r.slots.write(own); err != nil {
		r.View.Note("warning: other runs on this machine can't be told what this one uses: " + err.Error())
		r.slots.close()
		r.slots = nil
	}
}

// unused returns the memory that the running tests have reserved and not yet taken.
func (r *runner) unused() int64 {
	var n int64
	for _, c := range r.children {
		n += max(0, c.job.memory-c.memoryNow())
	}
	return n
}

// may reports whether the machine has the memory that a test needs now, beside what the running ones, and those of other runs,
// have not yet taken of theirs.
func (r *runner) may(j *job) bool {
	if r.Fixed {
		return true
	}
	free := ThisRoom().Free - r.unused() - r.s.others.Unused
	return j.memory <= free-reserve(free) && !pressed()
}

// limitsOf returns when a test is slow and when it fails; 0: as its configuration says.
func (r *runner) limitsOf(t Test) (slow, timeout time.Duration) {
	factor := 1.0
	if !r.Host.KVM {
		if factor = t.Factor; factor == 0 {
			factor = r.executor.stretch()
		}
	}
	stretch := func(d time.Duration) time.Duration { return time.Duration(float64(d) * factor) }
	return stretch(cmp.Or(t.Slow, DefaultSlow)), stretch(t.Timeout)
}

// sample measures the memory of the running tests.
func (r *runner) sample() {
	if len(r.children) == 0 {
		return
	}
	r.executor.sample()
	for _, c := range r.children {
		c.try.Memory = max(c.try.Memory, c.memoryNow())
	}
}

// look reads the logs of the running tests and shows what they do.
func (r *runner) look() {
	r.note()
	st := State{Total: len(r.Tests), MemoryOf: r.Limits.Memory, Memory: r.s.memory}
	waiting := time.Duration(0)
	for _, j := range r.s.waiting {
		waiting += j.expected
	}
	for i := range r.results {
		if res := &r.results[i]; res.Status != report.Interrupted {
			st.Results++
			if res.Status == report.Failed {
				st.Failed++
			}
			if res.Flaky() {
				st.Flaky++
			}
		}
	}
	running := make([]*child, 0, len(r.children))
	for _, c := range r.children {
		running = append(running, c)
	}
	slices.SortFunc(running, func(a, b *child) int { return a.try.Began.Compare(b.try.Began) })
	for _, c := range running {
		t, x := r.Tests[c.index], Running{ID: r.Tests[c.index].ID, Try: len(r.results[c.index].Tries) + 1}
		var since time.Duration
		if waits := c.look(); waits == "" {
			since = time.Since(c.try.Began)
			x.Since, x.Now = since, c.watch.now()
		} else {
			x.Now = waits
		}
		waiting += max(0, c.expected-since)
		for _, m := range c.watch.machines {
			x.Machines = append(x.Machines, report.Clean(m)+" "+report.Clean(c.watch.states[m]))
		}
		st.Running = append(st.Running, x)
		if !c.said && since >= c.slow {
			c.said = true
			r.View.Note(fmt.Sprintf("slow: %s has run for %s%s", t.ID, since.Round(time.Second), withSep(": ", x.Now)))
		}
	}
	if len(r.Known) > 0 && len(running) > 0 {
		st.Left = waiting / time.Duration(len(running))
	}
	r.View.Tick(st)
}

func withSep(sep, text string) string {
	if text == "" {
		return ""
	}
	return sep + text
}

func bytesText(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%d MB", n>>20)
}
