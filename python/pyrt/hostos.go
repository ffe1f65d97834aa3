package pyrt

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

func (rt *Runtime) osModule() *starlarkstruct.Module {
	environ := &starlark.Dict{}
	rt.environ = environ
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
	rt.pathFunctions(path.Members)
	act := func(name string, f func(p string) error) *starlark.Builtin {
		return path1(name, func(p string) (starlark.Value, error) { return starlark.None, f(rt.abs(p)) })
	}
	m := starlark.StringDict{
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
	}
	rt.fileFunctions(m, environ)
	return namespace("os", m)
}
