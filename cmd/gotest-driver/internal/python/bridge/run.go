package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"go.starlark.net/starlark"
	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

// Run executes the script. The error is a *script.Error when it fails. Run uses the options Predeclared, Log, Print,
// OnFailure and Now. The end of the context ends the script.
func (p *Process) Run(ctx context.Context, opts script.Options) error {
	opts.Filename = p.o.Script
	p.ctx, p.names = ctx, opts.Predeclared
	remote := script.NewRemote(ctx, opts)
	p.mu.Lock()
	p.remote = remote
	lines := p.lines
	p.mu.Unlock()
	for _, line := range lines {
		remote.Print(line)
	}
	p.main.thread = remote.Main()
	p.main.thread.Owner = p.main
	if err := p.main.sendResult(starlark.Tuple{starlark.String("run"), p.globals(), starlark.String(p.o.Mode), starlark.String(p.o.History)}); err != nil {
		return p.finish(fmt.Errorf("the script did not start: %w", err))
	}
	p.threads.Go(p.main.serve)
	p.threads.Go(p.acceptAll)
	p.wait(ctx)
	return p.finish(nil)
}

// globals returns the predeclared values other than functions: machines, networks, lists of them. Python has the functions
// itself.
func (p *Process) globals() starlark.Value {
	out := new(starlark.Dict)
	for name, v := range p.names {
		_, isList := v.(*starlark.List)
		if isList || script.AsObject(v) != nil {
			_ = out.SetKey(starlark.String(name), v) // can't fail: the dict is new and its keys are strings
		}
	}
	return out
}

// acceptAll serves the script's threads, until all processes that could start one have ended.
func (p *Process) acceptAll() {
	for {
		_, err := p.accept(func(c *conn, parent int, name string) {
			c.thread = p.remote.Thread(parent, name)
			c.thread.Owner = c
			p.mu.Lock()
			over := p.over
			p.mu.Unlock()
			if over {
				c.thread.Stop(errEnded)
			}
			p.threads.Go(func() {
				c.serve()
				c.thread.End(errEnded)
				p.mu.Lock()
				if p.conns[c.key] == c {
					delete(p.conns, c.key)
				}
				p.mu.Unlock()
				_ = c.socket.Close()
			})
		})
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			p.broken(err)
		}
	}
}

// wait waits for the end of the process. It asks the process to end when the run's context ends, and kills it if it does
// not.
func (p *Process) wait(ctx context.Context) {
	ended := ctx.Done()
	var late <-chan time.Time
	hurry := func() {
		if late == nil {
			timer := time.NewTimer(grace)
			late = timer.C
		}
	}
	for {
		select {
		case <-p.exited:
			return
		case <-ended:
			ended = nil
			s := unix.SIGINT
			if class := classOf(p.remote.EndError()); class == script.ClassTimeout {
				s = unix.SIGALRM
			}
			_ = p.cmd.Process.Signal(s)
			hurry()
		case <-p.wake:
			hurry()
		case <-late:
			if p.late = true; ctx.Err() != nil {
				p.remote.Log(report.Warning, fmt.Sprintf("the script was asked to end, continued for %s, and was killed", grace))
			}
			p.kill()
		}
	}
}

func classOf(err error) string {
	var c script.Classified
	if errors.As(err, &c) {
		return c.ErrorClass()
	}
	return ""
}

// finish returns the run's error from the way in which the process ended.
func (p *Process) finish(err error) (result error) {
	p.kill() // children that hold the pipes
	<-p.exited
	p.drain()
	_ = p.control.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		if c.thread != nil {
			c.thread.Stop(errEnded)
		}
		_ = c.socket.Close()
	}
	p.mu.Unlock()
	p.threads.Wait()
	defer p.remote.Close()
	defer func() { p.main.thread.End(result) }()
	failure := p.failure
	switch {
	case failure != nil && script.IsSkip(failure) != nil:
		return p.remote.Result(script.IsSkip(failure))
	case failure != nil:
		return p.remote.Result(failure)
	case p.protocol != nil:
		err = p.protocol
	case err != nil:
	case p.ctx.Err() != nil:
		err = p.remote.EndError() // even if the script passed
	case p.over && p.exitErr == nil:
		return p.remote.Result(nil)
	case p.over && p.late:
		p.remote.Log(report.Warning, fmt.Sprintf("the script has ended, but Python did not end within %s and was killed", grace))
		return p.remote.Result(nil)
	case p.over:
		err = fmt.Errorf("the script passed, but then Python failed: %s", p.ending())
	default:
		err = fmt.Errorf("the script's Python ended before the script: %s", p.ending())
	}
	return p.remote.Result(p.main.thread.Fail(&script.Error{Class: script.ClassScript, Message: err.Error(), Cause: err}))
}

// pipeTime is the time to wait for output after the end of the process, because another process may hold the pipes.
const pipeTime = time.Second

// drain reads the remaining output.
func (p *Process) drain() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.pipes.Wait()
	}()
	select {
	case <-done:
		return
	case <-time.After(pipeTime):
	}
	for _, c := range p.closers {
		_ = c.Close()
	}
	<-done
}

// ending returns how the process ended.
func (p *Process) ending() string {
	state := p.cmd.ProcessState
	if status, ok := state.Sys().(interface {
		Signaled() bool
		Signal() unix.Signal
	}); ok && status.Signaled() {
		return "it was killed by signal " + unix.SignalName(status.Signal())
	}
	return fmt.Sprintf("its exit status is %d", state.ExitCode())
}

// broken ends the run after a malformed message.
func (p *Process) broken(err error) {
	p.mu.Lock()
	p.protocol = fmt.Errorf("the connection with Python is broken: %w", err)
	p.mu.Unlock()
	p.kill()
}

// ended handles END, which reports how the script ended. If it failed, everything else that it does ends now.
func (p *Process) ended(c *conn, how starlark.Value) error {
	if c != p.main {
		return errFormat
	}
	var failure *script.Error
	if how != starlark.None {
		t, ok := how.(starlark.Tuple)
		if !ok {
			return errFormat
		}
		var err error
		if failure, err = p.failed(t); err != nil {
			return err
		}
		skipped := script.IsSkip(failure) != nil
		if !skipped {
			failure = c.thread.Fail(failure)
		}
		p.mu.Lock()
		p.failure = failure
		p.mu.Unlock()
		if p.o.Mode == Debug && !skipped {
			return nil // the user examines it, and then END comes again
		}
	}
	p.mu.Lock()
	p.over = true
	for _, other := range p.conns {
		if other != c && other.thread != nil {
			other.thread.Stop(errEnded)
		}
	}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return nil
}

// failed returns the failure that Python reports.
func (p *Process) failed(t starlark.Tuple) (*script.Error, error) {
	q := &question{rest: t}
	raised := p.raised(q)
	frames, trace, subtests := q.value(), q.text(), q.tuple()
	e := &script.Error{Class: raised.ErrorClass(), Message: raised.text, Traceback: trace, Cause: raised}
	if raised.TestFailure() {
		e.Class = script.ClassTest
	}
	for _, s := range subtests {
		name, _ := starlark.AsString(s)
		e.Subtests = append(e.Subtests, name)
	}
	list, ok := frames.(*starlark.List)
	if !ok || q.err != nil {
		return nil, errors.Join(errFormat, q.err)
	}
	for v := range starlark.Elements(list) {
		f := &question{}
		f.rest, _ = v.(starlark.Tuple)
		file, line, col, function := f.text(), f.int(), f.int(), f.text()
		if f.err != nil {
			return nil, f.err
		}
		e.Backtrace = append(e.Backtrace, p.source(file, line, col, function))
	}
	if raised.kind == "assertion" && e.Message == "" {
		e.Message = "assertion failed"
		if n := len(e.Backtrace); n > 0 {
			e.Message += ": " + strings.TrimPrefix(strings.TrimSpace(e.Backtrace[n-1].Text), "assert ")
		}
	}
	// Signals that the script has sent to itself, or raised by their names.
	if own := p.ctx.Err() == nil && (p.o.Mode == Watch || p.o.Mode == Attach) && raised.err == nil; own {
		switch raised.kind {
		case "limit":
			e.Class, e.Message = script.ClassScript, "the script's own alarm (SIGALRM) ended it"
		case "interrupt":
			e.Class, e.Message = script.ClassScript, strings.TrimSuffix("KeyboardInterrupt: "+raised.text, ": ")
		}
	}
	e.Backtrace = script.Shortened(e.Backtrace)
	return e, nil
}

// raised reads an exception: kind, text and the number of the driver's error from which it was made.
func (p *Process) raised(q *question) *raisedError {
	e := &raisedError{kind: q.text(), text: strings.ToValidUTF8(q.text(), "\ufffd")}
	n := q.int()
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.err = p.errors[n]; e.err != nil && e.text == strings.ToValidUTF8(said(e.err), "\ufffd") {
		e.text = strings.ToValidUTF8(e.err.Error(), "\ufffd")
	}
	if e.kind == "skipped" && e.err == nil {
		e.err = &script.Skip{Reason: e.text}
	}
	return e
}

// keepError returns a number for an error, by which it can be found from an exception.
func (p *Process) keepError(err error) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastErr++
	p.errors[p.lastErr] = err
	delete(p.errors, p.lastErr-keptErrors)
	return p.lastErr
}

// source returns a place of the script. Files below its directory are named relative to it, like the script.
func (p *Process) source(file string, line, col int, function string) report.Source {
	return p.remote.Source(file, p.name(file), line, col, function)
}

// name returns a file's name for messages.
func (p *Process) name(file string) string {
	if file == p.file {
		return p.o.Script
	}
	if rel, err := filepath.Rel(p.dir, file); err == nil && filepath.IsLocal(rel) {
		return filepath.Join(filepath.Dir(p.o.Script), rel)
	}
	return file
}

// number returns the number of an object, and its class.
func (p *Process) number(v starlark.Value) (int, string) {
	class := ""
	if p.o.Class != nil {
		class = p.o.Class(v)
	}
	o := script.AsObject(v)
	if class == "" {
		class = o.Class().Name
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.numbers[o]
	if n == 0 {
		p.objects = append(p.objects, v)
		n = len(p.objects)
		p.numbers[o] = n
	}
	return n, class
}

func (p *Process) object(n int) (starlark.Value, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n < 1 || n > len(p.objects) {
		return nil, fmt.Errorf("there is no object %d", n)
	}
	return p.objects[n-1], nil
}

func (p *Process) function(n int, name, fingerprint string) starlark.Value {
	return &function{n, name, fingerprint}
}
