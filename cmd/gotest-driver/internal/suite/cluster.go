package suite

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

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

	poll     time.Duration // between two looks; 0: a second
	stale    time.Duration // after which a task takes its driver for dead; 0: two minutes
	patience time.Duration // with each of Slurm's programs once the run is interrupted; 0: ten seconds
}

// Times of a cluster's run.
const (
	beat      = 5 * time.Second  // between two signs of life for the tasks
	askEvery  = 3                // looks, between two questions to Slurm
	busyLimit = 10 * time.Minute // for which Slurm may take no tasks
	longTest  = 4 * time.Hour    // the limit of a test that says none, as of any run without a terminal
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
	deaf  bool           // Slurm does not take the order to end the tasks

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
	if err := errors.Join(c.g.RunAtEnd(c.client.CancelCommand(c.patient())), c.g.RemoveDir(c.dir)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	c.wg.Go(func() { c.live(ctx, running) })
	c.wg.Go(func() { c.follow(ctx, running) })
	return c, nil
}

// alive shows the tasks that this process lives.
func (c *cluster) alive(n int) error {
	return wholefile.WriteBytes(filepath.Join(c.dir, aliveName), 0o644, []byte(strconv.Itoa(n)))
}

// live shows that this process lives until running ends. When ctx ends, it tells the tasks to end.
func (c *cluster) live(ctx, running context.Context) {
	t := time.NewTicker(beat)
	defer t.Stop()
	for n := 1; ; n++ {
		select {
		case <-t.C:
			if err := c.alive(n); err != nil {
				c.once("alive", "warning: the shared directory can't be written to, so that the tests may end soon: "+err.Error())
			}
		case <-ctx.Done():
			_ = os.Remove(filepath.Join(c.dir, aliveName)) // else Slurm tells them
			return
		case <-running.Done():
			return
		}
	}
}

// patient returns how long a program of Slurm's may take once the run is interrupted.
func (c *cluster) patient() time.Duration { return cmp.Or(c.patience, 10*time.Second) }

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

func (c *cluster) sample() {}

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

func (t *clusterTask) wait() exit { return <-t.done }

func (t *clusterTask) logs() string { return filepath.Join(t.work, outName) }

func (t *clusterTask) memory() int64 { return 0 }

func (t *clusterTask) state() (time.Time, string) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.began, t.waits
}
