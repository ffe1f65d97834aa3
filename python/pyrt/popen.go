package pyrt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"go.starlark.net/starlark"
)

// child is a subprocess.Popen.
type child struct {
	rt                    *Runtime
	p                     *process
	cancel                context.CancelFunc
	stdin, stdout, stderr starlark.Value
	done                  chan struct{}
	code                  int // valid when done is closed
	out, errOut           bytes.Buffer
	reading               bool
	readers               sync.WaitGroup
}

func (c *child) String() string        { return "<Popen>" }
func (c *child) Type() string          { return "Popen" }
func (c *child) Freeze()               {}
func (c *child) Truth() starlark.Bool  { return true }
func (c *child) Hash() (uint32, error) { return uint32(c.p.cmd.Process.Pid), nil }
func (c *child) AttrNames() []string {
	return []string{"args", "communicate", "kill", "pid", "poll", "returncode", "send_signal", "stderr", "stdin", "stdout", "terminate", "wait"}
}

// popenClass makes processes that run beside the script. Those that still run at its end are killed.
func (rt *Runtime) popenClass() *typeObject {
	t := &typeObject{name: "Popen", members: starlark.StringDict{}}
	t.make = rt.fn("Popen", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		v, err := rt.bind("Popen", popenParameters, a, kw)
		if err != nil {
			return nil, err
		}
		return rt.popen(th, v)
	})
	return t
}

var popenParameters = []string{
	"args", "bufsize", "executable", "stdin", "stdout", "stderr", "preexec_fn", "close_fds", "shell", "cwd", "env",
	"universal_newlines", "startupinfo", "creationflags", "restore_signals", "start_new_session", "pass_fds", "text", "encoding", "errors",
}

func (rt *Runtime) popen(th *starlark.Thread, given []starlark.Value) (starlark.Value, error) {
	v := make([]starlark.Value, len(processParameters))
	for i, name := range processParameters {
		for j, n := range popenParameters {
			if n == name {
				v[i] = given[j]
			}
		}
	}
	ctx, cancel := context.WithCancel(rt.context(th))
	p, err := rt.prepare(ctx, th, "Popen", v)
	if err != nil {
		cancel()
		return nil, err
	}
	c := &child{rt: rt, p: p, cancel: cancel, stdin: starlark.None, stdout: starlark.None, stderr: starlark.None, done: make(chan struct{})}
	var ours, theirs []*os.File
	pipeTo := func(reading bool) (*os.File, *stream, error) {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, nil, err
		}
		s := &stream{rt: rt, name: "<pipe>", binary: !p.text}
		if reading {
			ours, theirs = append(ours, r), append(theirs, w)
			s.f, s.r = r, bufio.NewReader(r)
			return w, s, nil
		}
		ours, theirs = append(ours, w), append(theirs, r)
		s.f, s.w = w, w
		return r, s, nil
	}
	fail := func(err error) (starlark.Value, error) {
		cancel()
		for _, f := range append(ours, theirs...) {
			f.Close()
		}
		return nil, err
	}
	if n, ok := p.get("stdin").(starlark.Int); ok && n.Sign() < 0 {
		f, s, err := pipeTo(false)
		if err != nil {
			return fail(err)
		}
		p.cmd.Stdin, c.stdin = f, s
	}
	if p.out == pipe {
		f, s, err := pipeTo(true)
		if err != nil {
			return fail(err)
		}
		p.cmd.Stdout, c.stdout = f, s
	}
	switch p.errOut {
	case pipe:
		f, s, err := pipeTo(true)
		if err != nil {
			return fail(err)
		}
		p.cmd.Stderr, c.stderr = f, s
	case stdout_:
		p.cmd.Stderr = p.cmd.Stdout
	}
	p.cmd.Stdout, p.cmd.Stderr = plain(p.cmd.Stdout), plain(p.cmd.Stderr)
	if err := p.cmd.Start(); err != nil {
		return fail(startError(p.cmd, err))
	}
	for _, f := range theirs {
		f.Close()
	}
	go func() {
		defer close(c.done)
		_ = p.cmd.Wait() // its outcome is in ProcessState
		c.code = exitStatus(p.cmd.ProcessState)
	}()
	rt.children = append(rt.children, c)
	return c, nil
}

// plain hides all of a writer but Write, for a copy of output that goes on while the script prints to the same place.
func plain(w io.Writer) io.Writer {
	if _, ok := w.(*os.File); ok || w == nil {
		return w
	}
	return struct{ io.Writer }{w}
}

// abandon kills the process, waits for it and closes our ends of its pipes.
func (c *child) abandon() {
	c.cancel()
	<-c.done
	c.closePipes()
	c.readers.Wait()
}

func (c *child) closePipes() {
	for _, v := range []starlark.Value{c.stdin, c.stdout, c.stderr} {
		if s, ok := v.(*stream); ok {
			_ = s.exit()
		}
	}
}

func (c *child) enter(*starlark.Thread) (starlark.Value, error) { return c, nil }

func (c *child) exit() error {
	if s, ok := c.stdin.(*stream); ok {
		_ = s.exit()
	}
	_, err := c.wait(c.rt.thread, nil)
	c.closePipes()
	return err
}

func (c *child) wait(th *starlark.Thread, limit starlark.Value) (starlark.Value, error) {
	ctx := c.rt.context(th)
	var end <-chan time.Time
	if limit != nil && limit != starlark.None {
		s, ok := starlark.AsFloat(limit)
		if !ok {
			return nil, c.rt.raise("TypeError", "the timeout must be a number, not %s", typeName(limit))
		}
		t := time.NewTimer(time.Duration(s * float64(time.Second)))
		defer t.Stop()
		end = t.C
	}
	err := c.rt.block(th, func() error {
		select {
		case <-c.done:
			return nil
		case <-end:
			return &Raised{Exc: c.rt.timeoutExpired(c.p.args, limit)}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	return starlark.MakeInt(c.code), err
}

func (c *child) communicate(th *starlark.Thread, input, limit starlark.Value) (starlark.Value, error) {
	if !c.reading { // a call that follows one that timed out goes on
		c.reading = true
		c.collect(c.stdout, &c.out)
		c.collect(c.stderr, &c.errOut)
	}
	if s, ok := c.stdin.(*stream); ok && s.f != nil {
		if input != nil && input != starlark.None {
			text := strArg(starlark.Tuple{input}, 0, "")
			if err := c.rt.block(th, func() error { _, err := io.WriteString(s.f, text); return err }); err != nil && !errors.Is(err, syscall.EPIPE) {
				return nil, err
			}
		}
		_ = s.exit()
	}
	if _, err := c.wait(th, limit); err != nil {
		return nil, err
	}
	c.readers.Wait()
	give := func(v starlark.Value, b *bytes.Buffer) starlark.Value {
		if v == starlark.None {
			return v
		}
		return textOr(b.String(), c.p.text)
	}
	return starlark.Tuple{give(c.stdout, &c.out), give(c.stderr, &c.errOut)}, nil
}

// collect reads a pipe to its end.
func (c *child) collect(from starlark.Value, b *bytes.Buffer) {
	s, ok := from.(*stream)
	if !ok || s.f == nil {
		return
	}
	c.readers.Add(1)
	go func() {
		defer c.readers.Done()
		_, _ = io.Copy(b, s.r) // ends when the process does, or its pipe is closed
	}()
}

// Attr gives fields and methods.
func (c *child) Attr(name string) (starlark.Value, error) {
	returned := func() starlark.Value {
		select {
		case <-c.done:
			return starlark.MakeInt(c.code)
		default:
			return starlark.None
		}
	}
	signal := func(s os.Signal) (starlark.Value, error) {
		return c.rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.None, c.signal(s) }), nil
	}
	switch name {
	case "args":
		return c.p.args, nil
	case "pid":
		return starlark.MakeInt(c.p.cmd.Process.Pid), nil
	case "returncode":
		return returned(), nil
	case "stdin":
		return c.stdin, nil
	case "stdout":
		return c.stdout, nil
	case "stderr":
		return c.stderr, nil
	case "terminate":
		return signal(syscall.SIGTERM)
	case "kill":
		return signal(syscall.SIGKILL)
	case "send_signal":
		return c.rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return starlark.None, c.signal(syscall.Signal(intArg(a, 0, 15)))
		}), nil
	case "poll":
		return c.rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return returned(), nil }), nil
	case "wait":
		return c.rt.fn(name, func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			v, err := c.rt.bind(name, []string{"timeout"}, a, kw)
			if err != nil {
				return nil, err
			}
			return c.wait(th, v[0])
		}), nil
	case "communicate":
		return c.rt.fn(name, func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			v, err := c.rt.bind(name, []string{"input", "timeout"}, a, kw)
			if err != nil {
				return nil, err
			}
			return c.communicate(th, v[0], v[1])
		}), nil
	}
	return nil, nil
}

func (c *child) signal(s os.Signal) error {
	if err := c.p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// exitStatus is the returncode of Python: that of a process that a signal ended is its number, negative.
func exitStatus(p *os.ProcessState) int {
	if w, ok := p.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return -int(w.Signal())
	}
	return p.ExitCode()
}

// startError is the error of a program that is not there, as Python has it.
func startError(cmd *exec.Cmd, err error) error {
	var missing *exec.Error
	if errors.As(err, &missing) {
		return &os.PathError{Op: "exec", Path: cmd.Args[0], Err: os.ErrNotExist}
	}
	return err
}

func (rt *Runtime) timeoutExpired(args, limit starlark.Value) *Instance {
	o := rt.exception("TimeoutExpired", args, limit)
	s, _ := rt.str(args)
	t, _ := rt.str(limit)
	o.attrs["args"] = starlark.Tuple{starlark.String("Command '" + s + "' timed out after " + t + " seconds")}
	o.attrs["cmd"], o.attrs["timeout"] = args, limit
	return o
}
