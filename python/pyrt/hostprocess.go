package pyrt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"golang.org/x/sys/unix"
)

const (
	pipe    = -1
	stdout_ = -2
	devNull = -3
)

var processParameters = []string{"args", "bufsize", "executable", "stdin", "stdout", "stderr", "cwd", "env", "input", "capture_output", "check", "text", "universal_newlines", "encoding", "errors", "shell", "timeout"}

// process is a command that was prepared, and what becomes of its output.
type process struct {
	cmd         *exec.Cmd
	args        starlark.Value
	text        bool
	out, errOut int
	get         func(name string) starlark.Value // nil for what is not given or None
}

func (p *process) flag(name string) bool { x := p.get(name); return x != nil && bool(x.Truth()) }

// prepare makes the command of subprocess.run and its like; ctx ends it.
func (rt *Runtime) prepare(ctx context.Context, th *starlark.Thread, fn string, v []starlark.Value) (*process, error) {
	p := &process{get: func(n string) starlark.Value {
		for i, k := range processParameters {
			if k == n && v[i] != nil && v[i] != starlark.None {
				return v[i]
			}
		}
		return nil
	}}
	var argv []string
	switch x := p.get("args").(type) {
	case nil:
		return nil, rt.raise("TypeError", "%s() missing 1 required positional argument: 'args'", fn)
	case starlark.String:
		argv = []string{string(x)}
		if p.flag("shell") {
			argv = []string{"/bin/sh", "-c", string(x)}
		}
	default:
		xs, err := rt.all(th, x)
		if err != nil {
			return nil, err
		}
		if argv, err = rt.paths(xs); err != nil {
			return nil, err
		}
	}
	if len(argv) == 0 {
		return nil, rt.raise("IndexError", "list index out of range")
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	p.cmd, p.args = cmd, p.get("args")
	cmd.WaitDelay = time.Second
	cmd.Dir = rt.opts.Dir
	if d := p.get("cwd"); d != nil {
		dir, err := rt.pathArg(d)
		if err != nil {
			return nil, err
		}
		cmd.Dir = rt.abs(dir)
	}
	var env starlark.IterableMapping = rt.environ
	if e, ok := p.get("env").(starlark.IterableMapping); ok {
		env = e
	}
	cmd.Env = []string{}
	for _, kv := range env.Items() {
		cmd.Env = append(cmd.Env, strArg(kv, 0, "")+"="+strArg(kv, 1, ""))
	}
	if in := p.get("input"); in != nil {
		cmd.Stdin = strings.NewReader(strArg(starlark.Tuple{in}, 0, ""))
	} else if s, ok := p.get("stdin").(*stream); ok && s.f != nil {
		cmd.Stdin = s.f
	}
	where := func(n string) int {
		if p.flag("capture_output") || fn == "check_output" && n == "stdout" {
			return pipe
		}
		if x, ok := p.get(n).(starlark.Int); ok {
			i, _ := x.Int64()
			return int(i)
		}
		return 0
	}
	p.out, p.errOut = where("stdout"), where("stderr")
	cmd.Stdout, cmd.Stderr = rt.opts.Stdout, rt.opts.Stderr
	for n, w := range map[string]*io.Writer{"stdout": &cmd.Stdout, "stderr": &cmd.Stderr} {
		if s, ok := p.get(n).(*stream); ok && s.w != nil {
			*w = s.w
		}
	}
	if p.out == devNull {
		cmd.Stdout = nil
	}
	if p.errOut == devNull {
		cmd.Stderr = nil
	}
	p.text = p.flag("text") || p.flag("universal_newlines") || p.get("encoding") != nil
	return p, nil
}

func (rt *Runtime) subprocessModule() *starlarkstruct.Module {
	run := func(th *starlark.Thread, fn string, a starlark.Tuple, kw []starlark.Tuple) (*completed, error) {
		v, err := rt.bind(fn, processParameters, a, kw)
		if err != nil {
			return nil, err
		}
		ctx := rt.context(th)
		limit := time.Duration(0)
		if t := v[slices.Index(processParameters, "timeout")]; t != nil && t != starlark.None {
			s, _ := starlark.AsFloat(t)
			limit = time.Duration(s * float64(time.Second))
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		p, err := rt.prepare(ctx, th, fn, v)
		if err != nil {
			return nil, err
		}
		var out, errOut bytes.Buffer
		if p.out == pipe {
			p.cmd.Stdout = &out
		}
		switch p.errOut {
		case pipe:
			p.cmd.Stderr = &errOut
		case stdout_:
			p.cmd.Stderr = p.cmd.Stdout
		}
		err = rt.block(th, p.cmd.Run)
		c := &completed{rt: rt, args: p.args, stdout: starlark.None, stderr: starlark.None}
		if p.out == pipe {
			c.stdout = textOr(out.String(), p.text)
		}
		if p.errOut == pipe {
			c.stderr = textOr(errOut.String(), p.text)
		}
		var ee *exec.ExitError
		switch {
		case limit > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded):
			o := rt.timeoutExpired(c.args, p.get("timeout"))
			o.attrs["stdout"], o.attrs["output"], o.attrs["stderr"] = c.stdout, c.stdout, c.stderr
			return nil, &Raised{Exc: o}
		case errors.As(err, &ee):
			c.code = exitStatus(ee.ProcessState)
		case err != nil:
			if rt.context(th).Err() != nil {
				return nil, rt.context(th).Err()
			}
			return nil, startError(p.cmd, err)
		}
		if c.code != 0 && (p.flag("check") || fn == "check_output" || fn == "check_call") {
			return nil, &Raised{Exc: c.failure()}
		}
		return c, nil
	}
	m := starlark.StringDict{
		"PIPE": starlark.MakeInt(pipe), "STDOUT": starlark.MakeInt(stdout_), "DEVNULL": starlark.MakeInt(devNull),
		"CalledProcessError": rt.classes["CalledProcessError"], "TimeoutExpired": rt.classes["TimeoutExpired"], "SubprocessError": rt.classes["SubprocessError"],
		"CompletedProcess": &named{"CompletedProcess"},
		"Popen":            rt.popenClass(),
	}
	for _, fn := range []string{"run", "check_output", "check_call", "call", "getoutput"} {
		m[fn] = rt.fn(fn, func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if fn == "getoutput" {
				c, err := run(th, "run", a, []starlark.Tuple{{starlark.String("shell"), starlark.True}, {starlark.String("stdout"), starlark.MakeInt(pipe)}, {starlark.String("stderr"), starlark.MakeInt(stdout_)}, {starlark.String("text"), starlark.True}})
				if err != nil {
					return nil, err
				}
				return starlark.String(strings.TrimSuffix(strArg(starlark.Tuple{c.stdout}, 0, ""), "\n")), nil
			}
			c, err := run(th, fn, a, kw)
			if err != nil {
				return nil, err
			}
			switch fn {
			case "check_output":
				return c.stdout, nil
			case "check_call", "call":
				return starlark.MakeInt(c.code), nil
			}
			return c, nil
		})
	}
	m["getstatusoutput"] = rt.pos("getstatusoutput", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		c, err := run(th, "run", a, []starlark.Tuple{
			{starlark.String("shell"), starlark.True}, {starlark.String("text"), starlark.True},
			{starlark.String("stdout"), starlark.MakeInt(pipe)}, {starlark.String("stderr"), starlark.MakeInt(stdout_)},
		})
		if err != nil {
			return nil, err
		}
		return starlark.Tuple{starlark.MakeInt(c.code), starlark.String(strings.TrimSuffix(strArg(starlark.Tuple{c.stdout}, 0, ""), "\n"))}, nil
	})
	return namespace("subprocess", m)
}

func textOr(s string, isText bool) starlark.Value {
	if isText {
		return starlark.String(decodeUTF8(s))
	}
	return starlark.Bytes(s)
}

// completed is a subprocess.CompletedProcess.
type completed struct {
	rt             *Runtime
	args           starlark.Value
	code           int
	stdout, stderr starlark.Value
}

func (c *completed) String() string {
	s, _ := c.rt.repr(c.args)
	out := "CompletedProcess(args=" + s + ", returncode=" + starlark.MakeInt(c.code).String()
	for n, v := range map[string]starlark.Value{"stdout": c.stdout} {
		if v != starlark.None {
			t, _ := c.rt.repr(v)
			out += ", " + n + "=" + t
		}
	}
	if c.stderr != starlark.None {
		t, _ := c.rt.repr(c.stderr)
		out += ", stderr=" + t
	}
	return out + ")"
}
func (c *completed) Type() string          { return "CompletedProcess" }
func (c *completed) Freeze()               {}
func (c *completed) Truth() starlark.Bool  { return true }
func (c *completed) Hash() (uint32, error) { return 0, errors.New("unhashable: CompletedProcess") }
func (c *completed) AttrNames() []string {
	return []string{"args", "check_returncode", "returncode", "stderr", "stdout"}
}
func (c *completed) Attr(name string) (starlark.Value, error) {
	switch name {
	case "args":
		return c.args, nil
	case "returncode":
		return starlark.MakeInt(c.code), nil
	case "stdout":
		return c.stdout, nil
	case "stderr":
		return c.stderr, nil
	case "check_returncode":
		return c.rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			if c.code == 0 {
				return starlark.None, nil
			}
			return nil, &Raised{Exc: c.failure()}
		}), nil
	}
	return nil, nil
}

// failure is the CalledProcessError of a command that failed.
func (c *completed) failure() *Instance {
	text, _ := c.rt.str(c.args)
	how := fmt.Sprintf("returned non-zero exit status %d.", c.code)
	if c.code < 0 {
		how = fmt.Sprintf("died with %s.", signalName(-c.code))
	}
	o := c.rt.exception("CalledProcessError", starlark.String("Command '"+text+"' "+how))
	o.attrs["returncode"], o.attrs["cmd"], o.attrs["stdout"], o.attrs["output"], o.attrs["stderr"] = starlark.MakeInt(c.code), c.args, c.stdout, c.stdout, c.stderr
	return o
}

func signalName(n int) string {
	if s := unix.SignalName(syscall.Signal(n)); s != "" {
		return fmt.Sprintf("<Signals.%s: %d>", s, n)
	}
	return fmt.Sprintf("unknown signal %d", n)
}
