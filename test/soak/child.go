//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// The beginnings of the lines in which a round's process reports its problems and its work.
const (
	problemMark = "soak: PROBLEM: "
	summaryMark = "soak: did: "
)

// bootLimit is the longest time until a guest has its shell, with all disturbances: normally it boots in seconds.
const bootLimit = 3 * time.Minute

// patience is a number by which limits are multiplied, on a host that is slow.
type patience int

func (p patience) limit(d time.Duration) time.Duration { return time.Duration(p) * d }

// worker runs a round in its own process.
type worker struct {
	d    *driver.Driver
	rng  *rand.Rand // of the decisions
	each *rand.Rand // of things whose number depends on the guest's speed
	calm bool
	patience

	silences silences

	mu       sync.Mutex
	problems int
}

// kinds are the kinds of rounds. Each returns a description of its work.
var kinds = map[string]func(context.Context, *worker) (string, error){"resets": resets, "networks": networks, "crowd": crowd}

// problem reports something that must not happen.
func (w *worker) problem(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems++
	fmt.Println(problemMark + strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " | "))
}

func say(format string, args ...any) { fmt.Printf("soak: "+format+"\n", args...) }

// child runs the round that the environment describes, and returns the exit status.
func child(kind string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	seed, err1 := strconv.ParseUint(os.Getenv(seedEnv), 10, 64)
	nr, err2 := strconv.ParseUint(os.Getenv(roundEnv), 10, 64)
	n, err3 := strconv.Atoi(os.Getenv(patienceEnv))
	if err := errors.Join(err1, err2, err3); err != nil {
		fmt.Println(problemMark + err.Error())
		return 1
	}
	w := &worker{rng: source(seed, nr, kind), each: source(seed, nr, "each"), calm: os.Getenv(calmEnv) != "", patience: patience(n), silences: silences{told: make(chan time.Duration, 1)}}
	before := runtime.NumGoroutine()
	if err := w.round(ctx, kinds[kind]); err != nil {
		w.problem("%v", err)
	}
	if ctx.Err() != nil {
		return 1
	}
	end := time.Now().Add(w.limit(leftLimit))
	for runtime.NumGoroutine() > before && time.Now().Before(end) {
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine() - before; n > 0 {
		buf := make([]byte, 1<<20)
		w.problem("%d goroutines are left behind:\n%s", n, buf[:runtime.Stack(buf, true)])
	}
	if w.problems > 0 {
		return 1
	}
	return 0
}

// round runs one round with its own driver.
func (w *worker) round(ctx context.Context, run func(context.Context, *worker) (string, error)) (err error) {
	out, err := os.MkdirTemp(os.Getenv("XDG_RUNTIME_DIR"), "out")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out)
	log := report.NewLog(nil, report.NewPlain(os.Stdout, report.PlainOptions{Serial: true}), &w.silences)
	defer func() { err = errors.Join(err, log.Close()) }()
	w.d, err = driver.New(ctx, driver.Options{Name: "soak", OutDir: out, Log: log, OnFatal: func(err error) { w.problem("%v", err) }})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.d.Close()) }()
	did, err := run(ctx, w)
	fmt.Println(summaryMark + did)
	return err
}

// start starts a machine and waits for its shell.
func (w *worker) start(ctx context.Context, c driver.MachineConfig, s machine.StartConfig) (*machine.Machine, error) {
	m, err := w.d.CreateMachine(ctx, c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, w.limit(bootLimit), fmt.Errorf("%s has no shell after %s", c.Name, w.limit(bootLimit)))
	defer cancel()
	if err := m.Start(ctx, s); err != nil {
		return nil, err
	}
	return m, m.Connect(ctx)
}

// freeze returns a command that stops the guest's shells for a while.
func (w *worker) freeze() string {
	return fmt.Sprintf(`(sleep %.2f; for s in STOP CONT; do for p in /proc/[0-9]*/comm; do read -r name <$p || continue
p=${p#/proc/}; p=${p%%/comm}; if [[ $name == bash && $p != "$BASHPID" ]]; then kill -$s "$p"; fi; done; [ $s = CONT ] || sleep %.2f; done) >/dev/null 2>&1 &`,
		w.rng.Float64(), seconds(w.rng, 0.02, 4).Seconds())
}
