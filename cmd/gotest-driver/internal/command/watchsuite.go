package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/internal/ansi"
	"github.com/gotest-driver/gotest-driver/internal/interrupt"
	"github.com/gotest-driver/gotest-driver/report"
)

// watchSuite runs a suite, and again, with the tests that failed first, whenever a file beside its tests changes. A change, or
// Ctrl-C, ends a run that goes on; Ctrl-C between runs, or twice, ends all.
func (f *RunFlags) watchSuite(cmd *cobra.Command, s *suiteFlags, args []string, wf watchFlags) error {
	switch {
	case wf.keep != nil:
		return errors.New("--keep-machines goes with one script: the machines of a suite end with their tests")
	case slices.Contains(args, "-"):
		return errors.New("--watch needs scripts in files: standard input is its own")
	}
	out := cmd.ErrOrStderr()
	terminal := report.LiveWanted(out, os.Environ())
	again, stopKeys, err := enterKey(terminal)
	if err != nil {
		return err
	}
	defer stopKeys()
	s.failedFirst, s.failed = true, map[string]bool{}
	ctx := cmd.Context()
	defer cmd.SetContext(ctx)
	files := newTree(args, f.outDir)
	for why := ""; ; {
		if terminal && wf.clear {
			fmt.Fprint(out, ansi.EraseEntireScreen+ansi.CursorHome)
		}
		if why != "" {
			fmt.Fprintln(out, report.Clean(why))
		}
		if why, err = f.watchOnce(cmd, s, args, ctx, files, again); err != nil || why == "" {
			return err
		}
		s.resume = false
	}
}

// watchOnce runs the suite and waits until it is to run again. It returns why; nothing when that is never.
func (f *RunFlags) watchOnce(cmd *cobra.Command, s *suiteFlags, args []string, ctx context.Context, files *tree, again <-chan struct{}) (why string, err error) {
	rctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cause := &run.Interrupted{Signal: os.Interrupt}
	pressed := false // the handler is not called twice at once
	restore := interrupt.Take(ctx, func() {
		if pressed {
			interrupt.End(ctx, cause)
		}
		pressed = true
		stop(cause)
	})
	files.look()
	changed := make(chan string, 1)
	go func() { // ends with rctx or ctx
		text := files.wait(ctx)
		changed <- text
		stop(&run.Changed{Files: []string{text}})
	}()
	cmd.SetContext(rctx)
	err = f.runSuite(cmd, s, args)
	restore()
	if cause := context.Cause(ctx); cause != nil {
		<-changed
		return "", cause
	}
	if _, err := StatusOf(rctx, err); err != nil && rctx.Err() == nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "gotest-driver: %s\n", report.CleanLines(err.Error()))
	}
	text := "watching " + strings.Join(args, ", ")
	if again != nil {
		text += ". Enter runs the tests again, Ctrl-C ends."
	}
	if len(changed) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), report.Clean(text))
	}
	now := func() string { return time.Now().Format(time.TimeOnly) }
	select {
	case text := <-changed:
		if text == "" {
			return "", context.Cause(ctx)
		}
		return now() + "  " + text + " changed", nil
	case _, ok := <-again:
		files.forget()
		<-changed
		if !ok {
			return "", nil
		}
		return now() + "  run again", nil
	}
}

// lookEvery is the time between two looks at the files of a suite.
const lookEvery = 300 * time.Millisecond

// tree watches all files in and below directories, but hidden ones.
type tree struct {
	dirs []string
	skip string
	last map[string]fileState
	stop chan struct{}
}

// fileState tells whether a file has changed.
type fileState struct {
	size int64
	time time.Time
}

// newTree returns the tree of what a command line names: a directory, or that in which a file is. The output directory is
// not of it.
func newTree(args []string, outDir string) *tree {
	t := &tree{}
	t.skip, _ = filepath.Abs(outDir)
	for _, arg := range args {
		if st, err := os.Stat(arg); err != nil || !st.IsDir() {
			arg = filepath.Dir(arg)
		}
		t.dirs = append(t.dirs, arg)
	}
	return t
}

// states returns the states of all files.
func (t *tree) states() map[string]fileState {
	out := map[string]fileState{}
	for _, dir := range t.dirs {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // what can't be read is not there
			abs, aerr := filepath.Abs(path)
			hidden := path != dir && (strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(d.Name(), "~") || d.Name() == "__pycache__")
			switch {
			case err != nil || aerr != nil:
				return nil
			case d.IsDir() && (hidden || abs == t.skip):
				return fs.SkipDir
			case hidden || !d.Type().IsRegular():
				return nil
			}
			if st, err := d.Info(); err == nil {
				out[path] = fileState{st.Size(), st.ModTime()}
			}
			return nil
		})
	}
	return out
}

// look takes the files as they are now.
func (t *tree) look() { t.last, t.stop = t.states(), make(chan struct{}) }

// forget ends wait.
func (t *tree) forget() { close(t.stop) }

// wait waits until a file has changed, and until they have not changed for a while. It returns the names of those that have;
// nothing when ctx ends, or after forget.
func (t *tree) wait(ctx context.Context) string {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	before := t.last
	for {
		select {
		case <-ctx.Done():
			return ""
		case <-t.stop:
			return ""
		case <-tick.C:
		}
		now := t.states()
		if maps.Equal(now, before) && !maps.Equal(now, t.last) {
			return strings.Join(changes(t.last, now), ", ")
		}
		before = now
	}
}

// changes returns the names of the files that differ.
func changes(a, b map[string]fileState) []string {
	var names []string
	for name, s := range b {
		if a[name] != s {
			names = append(names, name)
		}
	}
	for name := range a {
		if _, ok := b[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
