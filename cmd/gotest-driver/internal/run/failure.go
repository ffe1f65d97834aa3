package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/internal/wholefile"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

const (
	// artifactTimeout bounds requests to the guests after a failure: a broken guest must not delay the end of the run.
	artifactTimeout = 2 * time.Second
	// pictureTimeout bounds requests to QEMU, which answers eventually even on a busy machine.
	pictureTimeout = 10 * time.Second
)

// consoleLines is how many lines of a console a failure shows.
const consoleLines = 20

// failed reports a failure with what explains it, and keeps consoles, screens and journals.
func (r *run) failed(ctx context.Context, e *script.Error) {
	r.failures++
	info := e.Info()
	info.Machine, info.Command = culprit(e)
	info.Rerun = r.rerun(e)
	if e.Class != script.ClassInterrupted {
		info.Paths = r.keep(context.WithoutCancel(ctx), e)
	}
	if info.Machine != "" || e.Class == script.ClassMachine || e.Class == script.ClassSetup || e.Class == script.ClassTimeout {
		info.Console = map[string][]string{}
		for _, m := range r.d.Machines() {
			if t := m.Console().Tail(consoleLines); len(t) > 0 && (info.Machine == "" || info.Machine == m.Name()) {
				info.Console[m.Name()] = t
			}
		}
	}
	r.o.Log.Emit(ctx, report.Event{Kind: report.Failure, Machine: info.Machine, Failure: info})
	if r.o.Debugger != nil && e.Class != script.ClassInterrupted {
		r.o.Debugger.Failed(ctx, e)
	}
}

// culprit returns the machine that a failure is about, empty when it is about none, and the command that caused it.
func culprit(err error) (string, *report.Command) {
	var command *machine.CommandError
	var c *report.Command
	if errors.As(err, &command) {
		c = &report.Command{Line: command.Command, Status: command.Status, Output: command.Output, Stderr: command.Stderr}
	}
	var assertion *machine.AssertionError
	var timeout *machine.TimeoutError
	var died *machine.DiedError
	var kernel *machine.KernelError
	switch {
	case errors.As(err, &kernel):
		return kernel.Machine, c
	case errors.As(err, &died):
		return died.Machine, c
	case errors.As(err, &assertion):
		return assertion.Machine, c
	case errors.As(err, &timeout):
		return timeout.Machine, c
	}
	return "", c
}

// random reports whether the script may make random choices, which depend on a seed.
func (r *run) random() bool { return r.py == nil && r.names["random"] }

// rerun returns the command that runs only this test again.
func (r *run) rerun(e *script.Error) string {
	if len(r.o.Command) == 0 {
		return ""
	}
	words := slices.Clone(r.o.Command)
	// A test with random choices makes the same ones again.
	if r.random() && !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "--seed") }) {
		words = append(words, "--seed", strconv.FormatInt(r.o.Seed, 10))
	}
	for _, f := range e.Backtrace {
		if strings.HasPrefix(f.Func, "test_") && r.o.Match == nil {
			words = append(words, "--run", "^"+f.Func+"$")
			break
		}
	}
	return shellescape.QuoteCommand(words)
}

// keep writes console logs, screens and journals of all machines to the output directory and returns the
// files' paths.
func (r *run) keep(ctx context.Context, e *script.Error) []string {
	name := "failure"
	if r.failures > 1 {
		name += fmt.Sprintf("-%d", r.failures)
	}
	dir := filepath.Join(r.d.OutDir(), name)
	if err := makeBelow(r.d.OutDir(), name); err != nil {
		r.o.Log.Logf(ctx, report.Warning, "what explains the failure can't be kept: %v", err)
		return nil
	}
	var mu sync.Mutex
	var files []report.File
	var wg sync.WaitGroup
	for _, m := range r.d.Machines() {
		wg.Go(func() {
			kept := r.keepMachine(ctx, dir, m)
			mu.Lock()
			files = append(files, kept...)
			mu.Unlock()
		})
	}
	wg.Wait()
	index := report.Index{Test: r.o.Name, Status: report.Failed, Error: r.o.Log.Masked(e.Message), Rerun: r.o.Log.Masked(r.rerun(e)), Ended: time.Now(), Files: files}
	if err := report.WriteIndex(dir, index); err != nil {
		r.o.Log.Logf(ctx, report.Warning, "%v", err)
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	slices.Sort(paths)
	return paths
}

// makeBelow makes a directory in another one. A link that a copy has put in its place must not lead out of that.
func makeBelow(dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.MkdirAll(name, 0o755)
}

// keepMachine keeps a machine's console, screen and journal. It skips what the machine can't provide any more, and
// reports what can't be written.
func (r *run) keepMachine(ctx context.Context, dir string, m *machine.Machine) (files []report.File) {
	base := filepath.Join(dir, config.Identifier(m.Name()))
	kept := func(kind report.Kind, path, what string, err error) {
		if err != nil {
			r.o.Log.Logf(ctx, report.Warning, "%s: %s can't be kept: %v", m.Name(), what, err)
			return
		}
		files = append(files, report.File{Path: path, What: what, Machine: m.Name()})
		r.o.Log.Emit(ctx, report.Event{Kind: kind, Machine: m.Name(), Path: path, Text: what})
	}
	write := func(path string, content func(io.Writer) error) error {
		return wholefile.WriteBelow(dir, filepath.Base(path), 0o644, content)
	}
	bytesOf := func(b []byte) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		}
	}
	if m.Console().Size() > 0 {
		path := base + "-console.log"
		kept(report.Artifact, path, "serial console", write(path, func(w io.Writer) error {
			masked := r.o.Log.MaskedWriter(w)
			_, err := m.Console().WriteTo(masked)
			return errors.Join(err, masked.Close())
		}))
	}
	if !m.Booted() {
		return files
	}
	pctx, cancel := context.WithTimeout(ctx, pictureTimeout)
	defer cancel()
	if png, err := m.Picture(pctx); err == nil {
		path := base + ".png"
		kept(report.Screenshot, path, "the screen when the test failed", write(path, bytesOf(png)))
	}
	if !m.Connected() {
		return files
	}
	jctx, cancel := context.WithTimeout(ctx, artifactTimeout)
	defer cancel()
	if j, err := m.Journal(jctx, 200); err == nil && j != "" {
		path := base + "-journal.log"
		kept(report.Artifact, path, "the end of the journal", write(path, bytesOf([]byte(r.o.Log.Masked(j)))))
	}
	return files
}
