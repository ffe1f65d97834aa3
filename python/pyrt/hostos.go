package pyrt

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

func (rt *Runtime) osModule() *starlarkstruct.Module {
	environ := &starlark.Dict{}
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		if k != "" {
			_ = environ.SetKey(starlark.String(k), starlark.String(v)) // a string is hashable
		}
	}
	path1 := func(name string, f func(p string) (starlark.Value, error)) *starlark.Builtin {
		return rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return f(".")
			}
			p, err := rt.pathArg(a[0])
			if err != nil {
				return nil, err
			}
			return f(p)
		})
	}
	test := func(name string, ok func(os.FileInfo) bool) *starlark.Builtin {
		return path1(name, func(p string) (starlark.Value, error) {
			info, err := os.Stat(rt.abs(p))
			if name == "islink" {
				info, err = os.Lstat(rt.abs(p))
			}
			return starlark.Bool(err == nil && ok(info)), nil
		})
	}
	text := func(name string, f func(string) string) *starlark.Builtin {
		return path1(name, func(p string) (starlark.Value, error) { return starlark.String(f(p)), nil })
	}
	path := namespace("os.path", starlark.StringDict{
		"join": rt.pos("join", 1, -1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			out := ""
			for i, v := range a {
				p, err := rt.pathArg(v)
				if err != nil {
					return nil, err
				}
				if i == 0 || strings.HasPrefix(p, "/") {
					out = p
				} else if out == "" || strings.HasSuffix(out, "/") {
					out += p
				} else {
					out += "/" + p
				}
			}
			return starlark.String(out), nil
		}),
		"exists":   test("exists", func(os.FileInfo) bool { return true }),
		"isfile":   test("isfile", func(i os.FileInfo) bool { return i.Mode().IsRegular() }),
		"isdir":    test("isdir", func(i os.FileInfo) bool { return i.IsDir() }),
		"islink":   test("islink", func(i os.FileInfo) bool { return i.Mode()&os.ModeSymlink != 0 }),
		"basename": text("basename", func(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }),
		"dirname": text("dirname", func(p string) string {
			d := p[:strings.LastIndexByte(p, '/')+1]
			if t := strings.TrimRight(d, "/"); t != "" {
				return t
			}
			return d
		}),
		"abspath": text("abspath", func(p string) string { s, _ := filepath.Abs(rt.abs(p)); return s }),
		"realpath": text("realpath", func(p string) string {
			s, err := filepath.EvalSymlinks(rt.abs(p))
			if err != nil {
				s, _ = filepath.Abs(rt.abs(p))
			}
			return s
		}),
		"normpath": text("normpath", filepath.Clean),
		"expanduser": text("expanduser", func(p string) string {
			if h, err := os.UserHomeDir(); err == nil && strings.HasPrefix(p, "~") {
				return h + p[1:]
			}
			return p
		}),
		"isabs": path1("isabs", func(p string) (starlark.Value, error) { return starlark.Bool(strings.HasPrefix(p, "/")), nil }),
		"splitext": path1("splitext", func(p string) (starlark.Value, error) {
			e := filepath.Ext(p)
			if e == filepath.Base(p) {
				e = ""
			}
			return starlark.Tuple{starlark.String(strings.TrimSuffix(p, e)), starlark.String(e)}, nil
		}),
		"split": path1("split", func(p string) (starlark.Value, error) {
			i := strings.LastIndexByte(p, '/') + 1
			d := p[:i]
			if t := strings.TrimRight(d, "/"); t != "" {
				d = t
			}
			return starlark.Tuple{starlark.String(d), starlark.String(p[i:])}, nil
		}),
		"getsize": path1("getsize", func(p string) (starlark.Value, error) {
			info, err := os.Stat(rt.abs(p))
			if err != nil {
				return nil, err
			}
			return starlark.MakeInt64(info.Size()), nil
		}),
		"sep": starlark.String("/"),
	})
	act := func(name string, f func(p string) error) *starlark.Builtin {
		return path1(name, func(p string) (starlark.Value, error) { return starlark.None, f(rt.abs(p)) })
	}
	return namespace("os", starlark.StringDict{
		"path": path, "environ": environ, "sep": starlark.String("/"), "linesep": starlark.String("\n"), "name": starlark.String("posix"),
		"getenv": rt.pos("getenv", 1, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			v, found, err := environ.Get(a[0])
			if found || err != nil {
				return v, err
			}
			if len(a) == 2 {
				return a[1], nil
			}
			return starlark.None, nil
		}),
		"getcwd": rt.pos("getcwd", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			d, err := os.Getwd()
			if rt.opts.Dir != "" {
				d = rt.opts.Dir
			}
			return starlark.String(d), err
		}),
		"getpid": rt.pos("getpid", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return starlark.MakeInt(os.Getpid()), nil
		}),
		"getuid": rt.pos("getuid", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return starlark.MakeInt(os.Getuid()), nil
		}),
		"cpu_count": rt.pos("cpu_count", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.MakeInt(1), nil }),
		"urandom": rt.pos("urandom", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			b := make([]byte, max(0, intArg(a, 0, 0)))
			for i := range b {
				b[i] = byte(rt.rand.Intn(256))
			}
			return starlark.Bytes(b), nil
		}),
		"listdir": path1("listdir", func(p string) (starlark.Value, error) {
			es, err := os.ReadDir(rt.abs(p))
			var out []starlark.Value
			for _, e := range es {
				out = append(out, starlark.String(e.Name()))
			}
			return starlark.NewList(out), err
		}),
		"mkdir":  act("mkdir", func(p string) error { return os.Mkdir(p, 0o777) }),
		"remove": act("remove", os.Remove), "unlink": act("unlink", os.Remove), "rmdir": act("rmdir", os.Remove),
		"makedirs": rt.fn("makedirs", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			p, err := rt.pathArg(a[0])
			if err != nil {
				return nil, err
			}
			if v, ok := kwarg(kw, "exist_ok"); !ok || !bool(v.Truth()) {
				if _, err := os.Stat(rt.abs(p)); err == nil {
					return nil, &os.PathError{Op: "mkdir", Path: p, Err: os.ErrExist}
				}
			}
			return starlark.None, os.MkdirAll(rt.abs(p), 0o777)
		}),
		"rename": rt.pos("rename", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return starlark.None, os.Rename(rt.abs(strArg(a, 0, "")), rt.abs(strArg(a, 1, "")))
		}),
		"replace": rt.pos("replace", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return starlark.None, os.Rename(rt.abs(strArg(a, 0, "")), rt.abs(strArg(a, 1, "")))
		}),
		"symlink": rt.pos("symlink", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return starlark.None, os.Symlink(strArg(a, 0, ""), rt.abs(strArg(a, 1, "")))
		}),
		"chmod": rt.pos("chmod", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return starlark.None, os.Chmod(rt.abs(strArg(a, 0, "")), os.FileMode(intArg(a, 1, 0)))
		}),
		"chdir": act("chdir", func(p string) error { rt.opts.Dir = p; return nil }),
		"fspath": rt.pos("fspath", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s, err := rt.pathArg(a[0])
			return starlark.String(s), err
		}),
		"stat": path1("stat", func(p string) (starlark.Value, error) { return rt.stat(rt.abs(p)) }),
		"system": rt.pos("system", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			cmd := exec.CommandContext(rt.context(th), "/bin/sh", "-c", strArg(a, 0, ""))
			cmd.Stdout, cmd.Stderr, cmd.Dir = rt.opts.Stdout, rt.opts.Stderr, rt.opts.Dir
			err := cmd.Run()
			var ee *exec.ExitError
			if errors.As(err, &ee) {
				return starlark.MakeInt(ee.ExitCode() << 8), nil
			}
			return starlark.MakeInt(0), err
		}),
	})
}

const (
	pipe    = -1
	stdout_ = -2
	devNull = -3
)

func (rt *Runtime) subprocessModule() *starlarkstruct.Module {
	names := []string{"args", "bufsize", "executable", "stdin", "stdout", "stderr", "cwd", "env", "input", "capture_output", "check", "text", "universal_newlines", "encoding", "errors", "shell", "timeout"}
	run := func(th *starlark.Thread, fn string, a starlark.Tuple, kw []starlark.Tuple) (*completed, error) {
		v, err := rt.bind(fn, names, a, kw)
		if err != nil {
			return nil, err
		}
		get := func(n string) starlark.Value {
			for i, k := range names {
				if k == n && v[i] != nil && v[i] != starlark.None {
					return v[i]
				}
			}
			return nil
		}
		flag := func(n string) bool { x := get(n); return x != nil && bool(x.Truth()) }
		var argv []string
		switch x := get("args").(type) {
		case nil:
			return nil, rt.raise("TypeError", "%s() missing 1 required positional argument: 'args'", fn)
		case starlark.String:
			argv = []string{string(x)}
			if flag("shell") {
				argv = []string{"/bin/sh", "-c", string(x)}
			}
		default:
			xs, err := rt.all(th, x)
			if err != nil {
				return nil, err
			}
			for _, y := range xs {
				s, err := rt.pathArg(y)
				if err != nil {
					return nil, err
				}
				argv = append(argv, s)
			}
		}
		if len(argv) == 0 {
			return nil, rt.raise("IndexError", "list index out of range")
		}
		ctx := rt.context(th)
		limit := time.Duration(0)
		if t := get("timeout"); t != nil {
			s, _ := starlark.AsFloat(t)
			limit = time.Duration(s * float64(time.Second))
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.WaitDelay = time.Second
		cmd.Dir = rt.opts.Dir
		if d := get("cwd"); d != nil {
			if cmd.Dir, err = rt.pathArg(d); err != nil {
				return nil, err
			}
			cmd.Dir = rt.abs(cmd.Dir)
		}
		if e, ok := get("env").(starlark.IterableMapping); ok {
			cmd.Env = []string{}
			for _, kv := range e.Items() {
				cmd.Env = append(cmd.Env, strArg(kv, 0, "")+"="+strArg(kv, 1, ""))
			}
		}
		if in := get("input"); in != nil {
			cmd.Stdin = strings.NewReader(strArg(starlark.Tuple{in}, 0, ""))
		}
		var out, errOut bytes.Buffer
		where := func(n string) int {
			if flag("capture_output") || fn == "check_output" && n == "stdout" {
				return pipe
			}
			if x, ok := get(n).(starlark.Int); ok {
				i, _ := x.Int64()
				return int(i)
			}
			return 0
		}
		cmd.Stdout, cmd.Stderr = rt.opts.Stdout, rt.opts.Stderr
		switch where("stdout") {
		case pipe:
			cmd.Stdout = &out
		case devNull:
			cmd.Stdout = nil
		}
		switch where("stderr") {
		case pipe:
			cmd.Stderr = &errOut
		case stdout_:
			cmd.Stderr = cmd.Stdout
		case devNull:
			cmd.Stderr = nil
		}
		err = rt.block(th, cmd.Run)
		c := &completed{rt: rt, args: get("args"), stdout: starlark.None, stderr: starlark.None}
		isText := flag("text") || flag("universal_newlines") || get("encoding") != nil
		if where("stdout") == pipe {
			c.stdout = textOr(out.String(), isText)
		}
		if where("stderr") == pipe {
			c.stderr = textOr(errOut.String(), isText)
		}
		var ee *exec.ExitError
		switch {
		case limit > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded):
			o := rt.exception("TimeoutExpired", c.args, get("timeout"))
			s, _ := rt.repr(c.args)
			o.attrs["args"] = starlark.Tuple{starlark.String("Command " + s + " timed out after " + limit.String())}
			o.attrs["stdout"], o.attrs["output"], o.attrs["stderr"] = c.stdout, c.stdout, c.stderr
			return nil, &Raised{Exc: o}
		case errors.As(err, &ee):
			c.code = ee.ExitCode()
			if c.code < 0 {
				c.code = -1
			}
		case err != nil:
			if rt.context(th).Err() != nil {
				return nil, rt.context(th).Err()
			}
			var pe *exec.Error
			if errors.As(err, &pe) {
				return nil, &os.PathError{Op: "exec", Path: argv[0], Err: os.ErrNotExist}
			}
			return nil, err
		}
		if c.code != 0 && (flag("check") || fn == "check_output" || fn == "check_call") {
			s, _ := rt.repr(c.args)
			o := rt.exception("CalledProcessError", starlark.String("Command "+s+" returned non-zero exit status "+starlark.MakeInt(c.code).String()+"."))
			o.attrs["returncode"], o.attrs["cmd"], o.attrs["stdout"], o.attrs["output"], o.attrs["stderr"] = starlark.MakeInt(c.code), c.args, c.stdout, c.stdout, c.stderr
			return nil, &Raised{Exc: o}
		}
		return c, nil
	}
	m := starlark.StringDict{
		"PIPE": starlark.MakeInt(pipe), "STDOUT": starlark.MakeInt(stdout_), "DEVNULL": starlark.MakeInt(devNull),
		"CalledProcessError": rt.classes["CalledProcessError"], "TimeoutExpired": rt.classes["TimeoutExpired"], "SubprocessError": rt.classes["SubprocessError"],
		"CompletedProcess": &named{"CompletedProcess"},
	}
	for _, fn := range []string{"run", "check_output", "check_call", "call", "getoutput"} {
		m[fn] = rt.fn(fn, func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if fn == "getoutput" {
				c, err := run(th, "run", a, []starlark.Tuple{{starlark.String("shell"), starlark.True}, {starlark.String("capture_output"), starlark.True}, {starlark.String("text"), starlark.True}})
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
			o := c.rt.exception("CalledProcessError", starlark.String("the command failed"))
			o.attrs["returncode"] = starlark.MakeInt(c.code)
			return nil, &Raised{Exc: o}
		}), nil
	}
	return nil, nil
}
