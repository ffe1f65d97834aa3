package suite

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite/slurm"
	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
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
