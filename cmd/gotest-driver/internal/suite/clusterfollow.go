package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite/slurm"
)

// follow hands tasks over and looks for their results until running ends. When ctx ends, it ends the tasks, and waits no
// longer for what Slurm was asked before.
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
		if !c.cancelled.IsZero() {
			asking, stop := context.WithTimeout(running, c.patient())
			c.ask(asking)
			stop()
		} else if looks%askEvery == 0 {
			c.ask(ctx)
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

// cancel ends all tasks: it has Slurm told once, and then gives up those that nobody will end.
func (c *cluster) cancel() {
	first := c.cancelled.IsZero()
	if first {
		c.cancelled = time.Now()
		c.wg.Go(c.tell)
	}
	c.mu.Lock()
	for _, t := range c.queue {
		t.done <- exit{code: -1, err: context.Canceled}
	}
	c.queue = nil
	var left []*clusterTask
	for _, t := range c.tasks {
		// A task that runs ends without Slurm, too: it misses the sign of life.
		if c.deaf && t.began.IsZero() || time.Since(c.cancelled) > stopGrace {
			left = append(left, t)
		}
	}
	c.mu.Unlock()
	for _, t := range left {
		t.finish(exit{code: -1, err: context.Canceled})
	}
}

// tell tells Slurm to end all tasks.
func (c *cluster) tell() {
	ctx, stop := context.WithTimeout(context.Background(), c.patient())
	defer stop()
	err := c.client.Cancel(ctx)
	if err == nil {
		return
	}
	c.say(fmt.Sprintf("warning: %v; tests that run end by themselves, those that wait do once they start, or by: scancel --name=%s", err, c.client.Name))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = true
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
