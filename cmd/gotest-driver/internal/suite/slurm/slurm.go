// Package slurm hands tasks to the Slurm workload manager by its programs: sbatch, squeue, sinfo and scancel. It knows nothing
// of tests.
package slurm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Client calls Slurm's programs. Cancel may be called beside its other methods.
type Client struct {
	Options
	// Name is what all jobs of a run are called.
	Name string
	// Environ is the environment of Slurm's programs, and so of the jobs.
	Environ []string

	text bool // squeue has no --json
}

// Needs are what each task of an array needs.
type Needs struct {
	Memory     int64 // MiB
	Cores      int
	Minutes    int
	Constraint string
}

// ID names a task of an array.
type ID struct{ Job, Index int }

func (id ID) String() string { return fmt.Sprintf("%d_%d", id.Job, id.Index) }

// Status is what Slurm knows of a task.
type Status struct {
	State  string // one of squeue(1)'s, such as RUNNING
	Node   string
	Reason string // why it waits, or why it has ended
}

// ended are the states from which a task does not come back (squeue(1), "JOB STATE CODES").
var ended = map[string]bool{
	"BOOT_FAIL": true, "CANCELLED": true, "COMPLETED": true, "DEADLINE": true, "FAILED": true, "NODE_FAIL": true, "OUT_OF_MEMORY": true,
	"PREEMPTED": true, "REVOKED": true, "TIMEOUT": true,
}

// Ended reports whether the task is over.
func (s Status) Ended() bool { return ended[s.State] }

// Lost reports whether the task is over through no fault of its own.
func (s Status) Lost() bool {
	return s.State == "NODE_FAIL" || s.State == "BOOT_FAIL" || s.State == "PREEMPTED"
}

// Busy says that Slurm's controller does not answer, or takes no more jobs for now.
type Busy struct{ Err error }

func (e *Busy) Error() string { return e.Err.Error() }

// transient are parts of messages of Slurm's programs about what may be over soon.
var transient = []string{"Unable to contact slurm controller", "Socket timed out", "temporarily", "Connection refused", "Zero Bytes were transmitted", "Slurm backup controller in standby"}

// callTimeout bounds a call of a program. sbatch itself waits for some minutes while the controller does not answer.
const callTimeout = 5 * time.Minute

// run runs one of Slurm's programs and returns what it prints.
func (c *Client) run(ctx context.Context, stdin, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = strings.NewReader(stdin), &out, &errs, time.Second
	cmd.Env = append(slices.Clone(c.Environ), "SLURM_BITSTR_LEN=0") // squeue does not shorten the list of an array's tasks
	err := cmd.Run()
	switch {
	case err == nil:
		return out.String(), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("slurm: %s was not found: install Slurm's client (Debian package slurm-client)", name)
	case ctx.Err() != nil:
		return "", &Busy{fmt.Errorf("slurm: %s did not end: %w", name, context.Cause(ctx))}
	}
	text := message(errs.String())
	if text == "" {
		text = err.Error()
	}
	err = fmt.Errorf("slurm: %s: %s", name, text)
	for _, t := range transient {
		if strings.Contains(errs.String(), t) {
			return "", &Busy{err}
		}
	}
	return "", err
}

// message makes one sentence of what a program of Slurm says is wrong.
func message(stderr string) string {
	var out []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if _, after, ok := strings.Cut(line, ": error: "); ok {
			line = after
		}
		if line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "; ")
}

// Submit hands an array of n tasks to Slurm and returns its number. script is what each task runs; logs is the file for what
// it prints, with %a for the task's index.
func (c *Client) Submit(ctx context.Context, script string, n int, need Needs, logs string) (job int, err error) {
	args := []string{
		"--parsable", "--job-name=" + c.Name, fmt.Sprintf("--array=0-%d", n-1), "--nodes=1", "--ntasks=1",
		fmt.Sprintf("--mem=%dM", need.Memory), fmt.Sprintf("--cpus-per-task=%d", need.Cores), fmt.Sprintf("--time=%d", need.Minutes),
		// The batch script is told a minute before its end, so that the test ends in order.
		"--signal=B:TERM@60", "--no-requeue", "--output=" + logs,
	}
	if c.Partition != "" {
		args = append(args, "--partition="+c.Partition)
	}
	if need.Constraint != "" {
		args = append(args, "--constraint="+need.Constraint)
	}
	out, err := c.run(ctx, script, "sbatch", args...)
	if err != nil {
		return 0, err
	}
	number, _, _ := strings.Cut(strings.TrimSpace(out), ";") // the name of the cluster follows
	if job, err = strconv.Atoi(number); err != nil {
		return 0, fmt.Errorf("slurm: sbatch printed %q, which is no number of a job", out)
	}
	return job, nil
}

// Queue returns what Slurm knows of this run's tasks. It forgets those that have ended after some time.
func (c *Client) Queue(ctx context.Context) (map[ID]Status, error) {
	if !c.text {
		out, err := c.run(ctx, "", "squeue", "--json")
		if err == nil {
			if q, err := parseJSON([]byte(out), c.Name); err == nil {
				return q, nil
			}
		} else if errors.As(err, new(*Busy)) {
			return nil, err
		}
		c.text = true // an older Slurm, or one that was built without JSON
	}
	out, err := c.run(ctx, "", "squeue", "--noheader", "--array", "--states=all", "--name="+c.Name, "--format=%F|%K|%T|%N|%r")
	if err != nil {
		return nil, err
	}
	return parseText(out), nil
}

// parseText reads lines of squeue: array, task, state, nodes, reason.
func parseText(out string) map[ID]Status {
	q := map[ID]Status{}
	for line := range strings.Lines(out) {
		f := strings.SplitN(strings.TrimSpace(line), "|", 5)
		if len(f) < 5 {
			continue
		}
		job, err := strconv.Atoi(f[0])
		if err != nil {
			continue
		}
		for _, i := range indexes(f[1]) {
			q[ID{job, i}] = Status{State: f[2], Node: f[3], Reason: f[4]}
		}
	}
	return q
}

// number is one of squeue's JSON: until Slurm 23.02 a number, then an object.
type number struct {
	n  int
	ok bool
}

// UnmarshalJSON reads either form.
func (n *number) UnmarshalJSON(b []byte) error {
	var o struct {
		Set    bool `json:"set"`
		Number int  `json:"number"`
	}
	if json.Unmarshal(b, &n.n) == nil {
		n.ok = string(b) != "null"
		return nil
	}
	err := json.Unmarshal(b, &o)
	n.n, n.ok = o.Number, o.Set
	return err
}

// state is one of squeue's JSON: until Slurm 23.02 a text, then a list with flags behind it.
type state string

// UnmarshalJSON reads either form.
func (s *state) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*string)(s)) == nil {
		return nil
	}
	var list []string
	err := json.Unmarshal(b, &list)
	if len(list) > 0 {
		*s = state(list[0])
	}
	return err
}

// parseJSON reads squeue's JSON. It lists all jobs of the cluster.
func parseJSON(b []byte, name string) (map[ID]Status, error) {
	var all struct {
		Jobs *[]struct {
			Name   string `json:"name"`
			Array  number `json:"array_job_id"`
			Task   number `json:"array_task_id"`
			Tasks  string `json:"array_task_string"` // of those that wait
			State  state  `json:"job_state"`
			Nodes  string `json:"nodes"`
			Reason string `json:"state_reason"`
		} `json:"jobs"`
	}
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	if all.Jobs == nil {
		return nil, errors.New("squeue's JSON has no jobs")
	}
	q := map[ID]Status{}
	for _, j := range *all.Jobs {
		if j.Name != name {
			continue
		}
		s := Status{State: string(j.State), Node: j.Nodes, Reason: j.Reason}
		if j.Tasks != "" {
			for _, i := range indexes(j.Tasks) {
				q[ID{j.Array.n, i}] = s
			}
		} else if j.Task.ok {
			q[ID{j.Array.n, j.Task.n}] = s
		}
	}
	return q, nil
}

// maxIndex is the largest index of an array that Slurm can have (MaxArraySize in slurm.conf(5)).
const maxIndex = 4_000_001

// indexes returns the numbers of a list such as "0-3,7%2".
func indexes(list string) []int {
	list, _, _ = strings.Cut(strings.Trim(list, "[]"), "%")
	var out []int
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(first)
		if err != nil {
			continue // such as "..." of a list that is too long
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(last); err != nil {
				continue
			}
		}
		for i := a; i <= min(b, maxIndex); i++ {
			out = append(out, i)
		}
	}
	return out
}

// Cancel ends all tasks of this run.
func (c *Client) Cancel(ctx context.Context) error {
	_, err := c.run(ctx, "", "scancel", "--name="+c.Name)
	return err
}

// CancelCommand returns the shell command that ends all tasks of this run, or gives up after limit.
func (c *Client) CancelCommand(limit time.Duration) string {
	return fmt.Sprintf("timeout %d scancel --name=%s", int(math.Ceil(limit.Seconds())), c.Name)
}

// Largest returns the memory (MiB) and the processors of the largest node that tasks may run on; both 0 if Slurm does not tell.
func (c *Client) Largest(ctx context.Context) (memory int64, cores int, err error) {
	args := []string{"--noheader", "--Node", "--format=%m|%c|%f"}
	if c.Partition != "" {
		args = append(args, "--partition="+c.Partition)
	}
	out, err := c.run(ctx, "", "sinfo", args...)
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(out) {
		f := strings.SplitN(strings.TrimSpace(line), "|", 3)
		if len(f) < 3 {
			continue
		}
		simple := strings.Trim(c.Constraint, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == ""
		if c.Constraint != "" && simple && !hasWord(f[2], c.Constraint) {
			continue
		}
		m, _ := strconv.ParseInt(strings.TrimSuffix(f[0], "+"), 10, 64)
		n, _ := strconv.Atoi(strings.TrimSuffix(f[1], "+"))
		memory, cores = max(memory, m), max(cores, n)
	}
	return memory, cores, nil
}
