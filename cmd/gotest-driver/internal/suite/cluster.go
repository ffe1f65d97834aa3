package suite

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"al.essio.dev/pkg/shellescape"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite/slurm"
	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// Cluster says how tests run on a cluster: each is a task of Slurm's.
type Cluster struct {
	slurm.Options
	Program map[string]string // the files of this program, by where they are in a copy of their own
	Files   map[string]string // what the tests need, by where it is in the copy
	WorkDir string            // of the tests, below that copy; absolute if the nodes see the files where they are
	Skip    []string          // directories that are not copied
	Guests  []string          // the directories of the guests' images that the tests name
	Timeout time.Duration     // the time limit of each test whatever its own is; 0: its own
	Largest Room              // the largest node

	poll  time.Duration // between two looks; 0: a second
	stale time.Duration // after which a task takes its driver for dead; 0: two minutes
}

// Times of a cluster's run.
const (
	beat        = 5 * time.Second  // between two signs of life for the tasks
	askEvery    = 3                // looks, between two questions to Slurm
	busyLimit   = 10 * time.Minute // for which Slurm may take no tasks
	cancelLimit = 30 * time.Second // for scancel
	longTest    = 4 * time.Hour    // the limit of a test that says none, as of any run without a terminal
)

// maxArray is how many tasks are handed over at once: fewer than Slurm's own limit of an array.
const maxArray = 500

// Names in the directory of a run, and in that of a task below it.
const (
	aliveName = "alive" // changes as long as the driver lives
	taskName  = "task.json"
	beganName = "began.json"
	endName   = "end.json"
	outName   = "out"
)

// cluster runs tries as tasks of Slurm's.
type cluster struct {
	*Cluster
	command func(t Test, dir string, limit time.Duration) (words []string, stdin []byte)
	client  *slurm.Client
	g       *guard.Guard
	program string // the driver on the nodes
	workDir string
	dir     string // of the run, in the shared directory
	stop    context.CancelFunc
	wg      sync.WaitGroup

	mu    sync.Mutex
	begun []*clusterTask // since the last flush
	queue []*clusterTask // to be handed over
	tasks []*clusterTask // handed over
	next  int            // number of the next task
	said  []string       // for the user

	// Of the goroutine that follows the tasks.
	busySince time.Time
	told      map[string]bool
	cancelled time.Time
}

// clusterTask is a try on a cluster.
type clusterTask struct {
	task
	c    *cluster
	need slurm.Needs
	work string // its directory, in the shared one
	done chan exit

	// Under c.mu.
	id    slurm.ID
	began time.Time
	node  string
	waits string

	gone int // how often Slurm has said that it is over, while its result was not there
}

// nodeError is why a task has no result of its own.
type nodeError struct{ text string }

func (e *nodeError) Error() string { return e.text }

// begin copies what the nodes need, and begins to follow tasks.
func (k *Cluster) begin(ctx context.Context, o *Options) (_ executor, err error) {
	c := &cluster{
		Cluster: k, command: o.Command, g: guard.New(), told: map[string]bool{},
		client: &slurm.Client{Options: k.Options, Name: "gotest-" + strings.ToLower(rand.Text()[:12]), Environ: o.Environ},
	}
	if err := slurm.Prune(k.Dir, time.Now()); err != nil {
		c.say("warning: the shared directory can't be cleaned up: " + err.Error())
	}
	program, err := slurm.Share(k.Dir, k.Program)
	if err != nil {
		return nil, err
	}
	c.program, c.workDir = filepath.Join(program, "gotest-driver"), k.WorkDir
	if !k.InPlace {
		files, err := slurm.Share(k.Dir, k.Files, k.Skip...)
		if err != nil {
			return nil, err
		}
		c.workDir = filepath.Join(files, k.WorkDir)
		if err := os.MkdirAll(c.workDir, 0o755); err != nil {
			return nil, fmt.Errorf("slurm: the shared directory can't be used: %w", err)
		}
	}
	if !k.Cache {
		for _, g := range k.Guests {
			if err := slurm.ShareGuest(ctx, k.Dir, g); err != nil {
				return nil, err
			}
		}
	}
	c.dir = filepath.Join(k.Dir, "runs", c.client.Name)
	if err = os.MkdirAll(c.dir, 0o755); err == nil {
		err = c.alive(0)
	}
	if err != nil {
		return nil, fmt.Errorf("slurm: the shared directory can't be used: %w", err)
	}
	// Whatever becomes of this process, no task is left. Where its machine is lost, the tasks notice.
	if err := errors.Join(c.g.RunAtEnd(c.client.CancelCommand()), c.g.RemoveDir(c.dir)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	c.wg.Go(func() { c.live(running) })
	c.wg.Go(func() { c.follow(ctx, running) })
	return c, nil
}

// alive shows the tasks that this process lives.
func (c *cluster) alive(n int) error {
	return wholefile.WriteBytes(filepath.Join(c.dir, aliveName), 0o644, []byte(strconv.Itoa(n)))
}

// live shows that this process lives until ctx ends.
func (c *cluster) live(ctx context.Context) {
	t := time.NewTicker(beat)
	defer t.Stop()
	for n := 1; ; n++ {
		select {
		case <-t.C:
			if err := c.alive(n); err != nil {
				c.once("alive", "warning: the shared directory can't be written to, so that the tests may end soon: "+err.Error())
			}
		case <-ctx.Done():
			return
		}
	}
}

func (c *cluster) say(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, text)
}

// once says something unless it was said before.
func (c *cluster) once(key, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.told[key] {
		c.told[key], c.said = true, append(c.said, text)
	}
}

func (c *cluster) notes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := c.said
	c.said = nil
	return said
}

func (c *cluster) sample()          {}
func (c *cluster) stretch() float64 { return 2 }

func (c *cluster) close() error {
	c.stop()
	c.wg.Wait()
	return c.g.Close()
}

// needs returns what Slurm is asked for, in steps so that many tasks are of one array.
func (c *cluster) needs(t task) slurm.Needs {
	const step = 256 << 20
	const task = 64 << 20 // of the process that runs the test
	memory := (t.test.Memory + task + step - 1) / step * step >> 20
	if most := c.Largest.Total >> 20; most > 0 {
		memory = min(memory, most)
	}
	cores := max(1, int(math.Ceil(t.test.Cores)))
	if most := int(c.Largest.Cores); most > 0 {
		cores = min(cores, most)
	}
	limit := cmp.Or(c.Timeout, t.limit, longTest) + hardGrace + stopGrace + 2*time.Minute // a minute before its end it is told
	n := slurm.Needs{Memory: memory, Cores: cores, Minutes: int(math.Ceil(limit.Minutes())), Constraint: c.Constraint}
	if slices.Contains(t.test.requires, "kvm") {
		n.Constraint = slurm.With(n.Constraint, "kvm")
	}
	return n
}

// nodeTask is what a task is told in its file.
type nodeTask struct {
	Words    []string      `json:"words"`
	Stdin    []byte        `json:"stdin,omitempty"`
	Limit    time.Duration `json:"limit"`
	Requires []string      `json:"requires,omitempty"`
	Cache    string        `json:"cache,omitempty"` // $XDG_CACHE_HOME; empty: as it is
	Stale    time.Duration `json:"stale"`
}

func (c *cluster) start(_ context.Context, t task) (handle, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := &clusterTask{task: t, c: c, need: c.needs(t), work: filepath.Join(c.dir, strconv.Itoa(c.next)), done: make(chan exit, 1), waits: "is handed to Slurm"}
	c.next++
	if err := os.MkdirAll(x.logs(), 0o755); err != nil {
		return nil, fmt.Errorf("slurm: the shared directory can't be used: %w", err)
	}
	told := nodeTask{Limit: t.limit, Requires: t.test.requires, Stale: cmp.Or(c.stale, 2*time.Minute)}
	told.Words, told.Stdin = c.command(t.test, x.logs(), t.limit)
	told.Words[0] = c.program
	if !c.Cache {
		told.Cache = filepath.Join(c.Dir, slurm.CacheName)
	}
	if err := writeJSON(filepath.Join(x.work, taskName), told); err != nil {
		return nil, fmt.Errorf("slurm: the shared directory can't be used: %w", err)
	}
	c.begun = append(c.begun, x)
	return x, nil
}

func (c *cluster) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, c.begun...)
	c.begun = nil
}

func (t *clusterTask) wait() exit    { return <-t.done }
func (t *clusterTask) logs() string  { return filepath.Join(t.work, outName) }
func (t *clusterTask) memory() int64 { return 0 }

func (t *clusterTask) state() (time.Time, string) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.began, t.waits
}

// follow hands tasks over and looks for their results until running ends. When ctx ends, it ends the tasks.
func (c *cluster) follow(ctx, running context.Context) {
	ticker := time.NewTicker(cmp.Or(c.poll, time.Second))
	defer ticker.Stop()
	done := ctx.Done()
	for looks := 0; ; looks++ {
		if ctx.Err() == nil {
			c.handOver(ctx)
		} else {
			c.cancel()
		}
		c.look()
		if looks%askEvery == 0 || !c.cancelled.IsZero() {
			c.ask(running)
		}
		select {
		case <-ticker.C:
		case <-done:
			done = nil
		case <-running.Done():
			return
		}
	}
}

// handOver hands over what waits, in one array for each kind of needs.
func (c *cluster) handOver(ctx context.Context) {
	c.mu.Lock()
	queue := c.queue
	c.queue = nil
	c.mu.Unlock()
	for len(queue) > 0 {
		need := queue[0].need
		var array, rest []*clusterTask
		for _, t := range queue {
			if t.need == need && len(array) < maxArray {
				array = append(array, t)
			} else {
				rest = append(rest, t)
			}
		}
		job, err := c.client.Submit(ctx, c.script(array), len(array), need, filepath.Join(c.dir, "%A_%a.txt"))
		var busy *slurm.Busy
		switch {
		case err == nil:
			c.busySince = time.Time{}
			c.mu.Lock()
			for i, t := range array {
				t.id, t.waits = slurm.ID{Job: job, Index: i}, "waits in Slurm's queue"
				c.tasks = append(c.tasks, t)
			}
			c.mu.Unlock()
		case errors.As(err, &busy) && (c.busySince.IsZero() || time.Since(c.busySince) < busyLimit):
			if c.busySince.IsZero() {
				c.busySince = time.Now()
			}
			if ctx.Err() == nil {
				c.once("busy", fmt.Sprintf("warning: %v; it is tried again for %s", err, busyLimit))
			}
			c.mu.Lock()
			c.queue = append(queue, c.queue...)
			c.mu.Unlock()
			return
		default:
			for _, t := range queue {
				t.done <- exit{code: -1, suite: err}
			}
			return
		}
		queue = rest
	}
}

// script returns what each task of an array runs.
func (c *cluster) script(array []*clusterTask) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset --")
	for _, t := range array {
		b.WriteString(" " + filepath.Base(t.work))
	}
	// The script is copied to the node; it and its working directory may be anywhere.
	fmt.Fprintf(&b, "\nshift \"$SLURM_ARRAY_TASK_ID\"\ncd %s || exit\nexec %s run --task %s/\"$1\"\n", shellescape.Quote(c.workDir), shellescape.Quote(c.program), shellescape.Quote(c.dir))
	return b.String()
}

// cancel ends all tasks, once.
func (c *cluster) cancel() {
	c.mu.Lock()
	for _, t := range c.queue {
		t.done <- exit{code: -1, err: context.Canceled}
	}
	c.queue = nil
	first := c.cancelled.IsZero()
	c.mu.Unlock()
	if !first {
		if time.Since(c.cancelled) > stopGrace { // the guard tells Slurm once more
			c.mu.Lock()
			left := c.tasks
			c.tasks = nil
			c.mu.Unlock()
			for _, t := range left {
				t.done <- exit{code: -1, err: context.Canceled}
			}
		}
		return
	}
	c.cancelled = time.Now()
	ctx, stop := context.WithTimeout(context.Background(), cancelLimit)
	defer stop()
	if err := c.client.Cancel(ctx); err != nil {
		c.say("warning: " + err.Error())
	}
}

// look looks for what the tasks have written.
func (c *cluster) look() {
	for _, t := range c.running() {
		// To open a directory asks the server of a network file system; to look for a name may not.
		names, err := os.ReadDir(t.work)
		if err != nil {
			continue
		}
		has := func(name string) bool {
			return slices.ContainsFunc(names, func(e fs.DirEntry) bool { return e.Name() == name })
		}
		if t.node == "" && has(beganName) {
			var b nodeBegan
			if readJSON(filepath.Join(t.work, beganName), &b) == nil {
				c.mu.Lock()
				t.node, t.began, t.waits = b.Node, time.Now(), ""
				c.mu.Unlock()
			}
		}
		var e nodeEnd
		if has(endName) && readJSON(filepath.Join(t.work, endName), &e) == nil && (!e.Stopped || !c.cancelled.IsZero()) { // else Slurm knows why it was stopped
			t.finish(e.exit())
		}
	}
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// running returns the tasks that were handed over and have not ended.
func (c *cluster) running() []*clusterTask {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.tasks)
}

// How often Slurm must say that a task is over before its result counts as missing: the file may come late.
const (
	goneOften  = 10
	goneSeldom = 2 // of a task that has no result because its node is lost, or because it was cancelled
)

// ask asks Slurm for the states of the tasks.
func (c *cluster) ask(ctx context.Context) {
	tasks := c.running()
	if len(tasks) == 0 {
		return
	}
	queue, err := c.client.Queue(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.once("squeue", "warning: "+err.Error())
		}
		return
	}
	for _, t := range tasks {
		s, known := queue[t.id]
		if known && !s.Ended() {
			t.gone = 0
			c.tellWaiting(t, s)
			continue
		}
		t.gone++
		var e nodeEnd
		stopped := readJSON(filepath.Join(t.work, endName), &e) == nil
		often := goneOften
		if stopped || s.Lost() || !c.cancelled.IsZero() {
			often = goneSeldom
		}
		if t.gone >= often && (!stopped || e.Stopped) {
			t.finish(t.without(s, known, e))
		}
	}
}

// usual are the reasons for which a task waits that time removes (squeue(1), "JOB REASON CODES").
var usual = []string{"None", "Priority", "Resources", "Prolog", "Cleaning", "BeginTime", "JobArrayTaskLimit", "NodeDown", ""}

// tellWaiting notes what a task waits for.
func (c *cluster) tellWaiting(t *clusterTask, s slurm.Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !t.began.IsZero() {
		return
	}
	if s.State != "PENDING" {
		t.waits = "starts on " + s.Node
		return
	}
	t.waits = "waits in Slurm's queue (" + s.Reason + ")"
	if !slices.Contains(usual, s.Reason) && !c.told[s.Reason] {
		c.told[s.Reason] = true
		c.said = append(c.said, fmt.Sprintf("warning: %s waits in Slurm's queue, which tells as the reason: %s", t.test.ID, s.Reason))
	}
}

// without returns the exit of a task that has no result, or that was stopped. s is what Slurm knows of it.
func (t *clusterTask) without(s slurm.Status, known bool, e nodeEnd) exit {
	name := fmt.Sprintf("task %s", t.id)
	node := cmp.Or(s.Node, t.node, "its node")
	x := e.exit()
	x.code, x.lost = -1, s.Lost() || !known || e.Deserted
	text := ""
	switch {
	case s.State == "NODE_FAIL" || s.State == "BOOT_FAIL":
		text = fmt.Sprintf("%s was killed by node %s (%s)", name, node, s.State)
	case s.State == "PREEMPTED":
		text = fmt.Sprintf("%s had to leave node %s for another job (%s)", name, node, s.State)
	case e.Deserted:
		text = fmt.Sprintf("%s on node %s had no sign of life from this process, and ended", name, node)
	case !known:
		text = fmt.Sprintf("Slurm does not know %s any more, and it has left no result", name)
	case s.State == "TIMEOUT" || s.State == "DEADLINE":
		text = fmt.Sprintf("Slurm ended %s after %d minutes (%s): give the test a longer timeout in %s", name, t.need.Minutes, s.State, ManifestName)
	case s.State == "OUT_OF_MEMORY":
		text = fmt.Sprintf("Slurm ended %s: it used more than its %d MiB (%s): say in %s how much memory the test needs", name, t.need.Memory, s.State, ManifestName)
	case s.State == "CANCELLED":
		text = fmt.Sprintf("%s was cancelled by somebody else (scancel)", name)
	default:
		text = fmt.Sprintf("%s on node %s left no result (%s): can all nodes write to %s?", name, node, s.State, t.c.Dir)
		if said := strings.TrimSpace(tail(filepath.Join(t.c.dir, t.id.String()+".txt"))); said != "" {
			text += " It said: " + strings.ReplaceAll(said, "\n", "; ")
		}
	}
	x.err = &nodeError{text}
	return x
}

// finish ends a task.
func (t *clusterTask) finish(x exit) {
	t.c.mu.Lock()
	t.c.tasks = slices.DeleteFunc(t.c.tasks, func(o *clusterTask) bool { return o == t })
	t.c.mu.Unlock()
	t.done <- x
}

func (t *clusterTask) collect() error {
	err := collect(t.logs(), t.dir)
	_ = os.RemoveAll(t.work) // what is left goes with the directory of the run
	if err != nil {
		return fmt.Errorf("the files of the test %s can't be taken from the shared directory: %w", t.test.ID, err)
	}
	return nil
}

// collect moves what is in a directory into another one. The logs then name the place where the files are.
func collect(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		if e.Name() == textName || e.Name() == EventsName {
			if err := rewrite(source, target, from, to); err != nil {
				return err
			}
			continue
		}
		if err := os.RemoveAll(target); err != nil {
			return err
		}
		err := os.Rename(source, target)
		if errors.Is(err, syscall.EXDEV) {
			if out, cerr := exec.Command("cp", "-a", source, target).CombinedOutput(); cerr != nil {
				return fmt.Errorf("%w: %s", cerr, strings.TrimSpace(string(out)))
			}
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rewrite copies a log and replaces a path in it.
func rewrite(source, target, from, to string) error {
	r, err := os.Open(source)
	if err != nil {
		return err
	}
	defer r.Close()
	if to, err = filepath.Abs(to); err != nil {
		return err
	}
	return wholefile.Write(target, 0o644, func(w io.Writer) error {
		b := bufio.NewReader(r)
		for {
			line, rerr := b.ReadBytes('\n')
			if _, err := w.Write(bytes.ReplaceAll(line, []byte(from), []byte(to))); err != nil {
				return err
			}
			if errors.Is(rerr, io.EOF) {
				return nil
			}
			if rerr != nil {
				return rerr
			}
		}
	})
}
