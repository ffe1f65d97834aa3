package pyrt

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"go.starlark.net/starlark"
)

// paths are the paths that arguments name, as the script wrote them.
func (rt *Runtime) paths(a starlark.Tuple) ([]string, error) {
	out := make([]string, len(a))
	for i, v := range a {
		p, err := rt.pathArg(v)
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// pathFunctions are functions of os.path that are about text, or ask the file system.
func (rt *Runtime) pathFunctions(m starlark.StringDict) {
	of := func(name string, least, most int, f func(ps []string) (starlark.Value, error)) {
		m[name] = rt.pos(name, least, most, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			ps, err := rt.paths(a)
			if err != nil {
				return nil, err
			}
			return f(ps)
		})
	}
	of("lexists", 1, 1, func(ps []string) (starlark.Value, error) {
		_, err := os.Lstat(rt.abs(ps[0]))
		return starlark.Bool(err == nil), nil
	})
	of("ismount", 1, 1, func(ps []string) (starlark.Value, error) {
		p := filepath.Clean(rt.abs(ps[0]))
		a, err1 := os.Lstat(p)
		b, err2 := os.Lstat(filepath.Dir(p))
		return starlark.Bool(err1 == nil && err2 == nil && a.IsDir() && (p == "/" || !sameDevice(a, b))), nil
	})
	of("samefile", 2, 2, func(ps []string) (starlark.Value, error) {
		a, err := os.Stat(rt.abs(ps[0]))
		if err != nil {
			return nil, err
		}
		b, err := os.Stat(rt.abs(ps[1]))
		return starlark.Bool(err == nil && os.SameFile(a, b)), err
	})
	for _, name := range []string{"getmtime", "getatime", "getctime"} {
		of(name, 1, 1, func(ps []string) (starlark.Value, error) {
			info, err := os.Stat(rt.abs(ps[0]))
			if err != nil {
				return nil, err
			}
			return starlark.Float(float64(info.ModTime().UnixNano()) / 1e9), nil
		})
	}
	of("relpath", 1, 2, func(ps []string) (starlark.Value, error) {
		if ps[0] == "" {
			return nil, rt.raise("ValueError", "no path specified")
		}
		start := rt.abs(".")
		if len(ps) == 2 {
			start = rt.abs(ps[1])
		}
		start, err := filepath.Abs(start)
		if err != nil {
			return nil, err
		}
		p, err := filepath.Abs(rt.abs(ps[0]))
		if err != nil {
			return nil, err
		}
		r, err := filepath.Rel(start, p)
		return starlark.String(r), err
	})
	of("normcase", 1, 1, func(ps []string) (starlark.Value, error) { return starlark.String(ps[0]), nil })
	of("splitdrive", 1, 1, func(ps []string) (starlark.Value, error) {
		return starlark.Tuple{starlark.String(""), starlark.String(ps[0])}, nil
	})
	of("expandvars", 1, 1, func(ps []string) (starlark.Value, error) {
		return starlark.String(os.Expand(ps[0], func(name string) string {
			if v, ok := os.LookupEnv(name); ok {
				return v
			}
			return "$" + name
		})), nil
	})
	several := func(name string, f func(ps []string) (starlark.Value, error)) {
		m[name] = rt.pos(name, 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			xs, err := rt.all(th, a[0])
			if err != nil {
				return nil, err
			}
			ps, err := rt.paths(xs)
			if err != nil {
				return nil, err
			}
			return f(ps)
		})
	}
	several("commonprefix", func(ps []string) (starlark.Value, error) {
		if len(ps) == 0 {
			return starlark.String(""), nil
		}
		prefix := ps[0]
		for _, p := range ps {
			for !strings.HasPrefix(p, prefix) {
				prefix = prefix[:len(prefix)-1]
			}
		}
		return starlark.String(prefix), nil
	})
	several("commonpath", func(ps []string) (starlark.Value, error) {
		if len(ps) == 0 {
			return nil, rt.raise("ValueError", "commonpath() arg is an empty sequence")
		}
		rooted := strings.HasPrefix(ps[0], "/")
		var common []string
		for i, p := range ps {
			if strings.HasPrefix(p, "/") != rooted {
				return nil, rt.raise("ValueError", "Can't mix absolute and relative paths")
			}
			var parts []string
			for _, s := range strings.Split(p, "/") {
				if s != "" && s != "." {
					parts = append(parts, s)
				}
			}
			if i == 0 {
				common = parts
			}
			for j := range common {
				if j >= len(parts) || parts[j] != common[j] {
					common = common[:j]
					break
				}
			}
		}
		out := strings.Join(common, "/")
		if rooted {
			out = "/" + out
		}
		return starlark.String(out), nil
	})
	for name, v := range map[string]string{"curdir": ".", "pardir": "..", "pathsep": ":", "extsep": ".", "devnull": "/dev/null"} {
		m[name] = starlark.String(v)
	}
}

// fileFunctions are the functions of os that change or read the file system, beside the commonest.
func (rt *Runtime) fileFunctions(m starlark.StringDict, environ *starlark.Dict) {
	for name, v := range map[string]string{"curdir": ".", "pardir": "..", "pathsep": ":", "devnull": "/dev/null", "extsep": "."} {
		m[name] = starlark.String(v)
	}
	for name, v := range map[string]int{"F_OK": 0, "R_OK": 4, "W_OK": 2, "X_OK": 1, "SEEK_SET": 0, "SEEK_CUR": 1, "SEEK_END": 2} {
		m[name] = starlark.MakeInt(v)
	}
	for name, f := range map[string]func() int{"geteuid": os.Geteuid, "getgid": os.Getgid, "getegid": os.Getegid, "getppid": os.Getppid, "cpu_count": runtime.NumCPU} {
		m[name] = rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.MakeInt(f()), nil })
	}
	m["access"] = rt.pos("access", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		p, err := rt.pathArg(a[0])
		if err != nil {
			return nil, err
		}
		return starlark.Bool(mayAccess(rt.abs(p), intArg(a, 1, 0))), nil
	})
	m["readlink"] = rt.pos("readlink", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		p, err := rt.pathArg(a[0])
		if err != nil {
			return nil, err
		}
		s, err := os.Readlink(rt.abs(p))
		return starlark.String(s), err
	})
	m["link"] = rt.pos("link", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		ps, err := rt.paths(a)
		if err != nil {
			return nil, err
		}
		return starlark.None, os.Link(rt.abs(ps[0]), rt.abs(ps[1]))
	})
	m["removedirs"] = rt.pos("removedirs", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		p, err := rt.pathArg(a[0])
		if err != nil {
			return nil, err
		}
		p = rt.abs(p)
		if err := os.Remove(p); err != nil {
			return nil, err
		}
		for d := filepath.Dir(p); os.Remove(d) == nil; d = filepath.Dir(d) {
			continue
		}
		return starlark.None, nil
	})
	m["utime"] = rt.fn("utime", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		v, err := rt.bind("utime", []string{"path", "times"}, a, kw)
		if err != nil {
			return nil, err
		}
		p, err := rt.pathArg(v[0])
		if err != nil {
			return nil, err
		}
		at, mod := time.Now(), time.Now()
		if v[1] != nil && v[1] != starlark.None {
			xs, err := rt.all(th, v[1])
			if err != nil {
				return nil, err
			}
			if len(xs) != 2 {
				return nil, rt.raise("TypeError", "utime: 'times' must be either a tuple of two ints or None")
			}
			first, _ := starlark.AsFloat(xs[0])
			second, _ := starlark.AsFloat(xs[1])
			at, mod = time.Unix(0, int64(first*1e9)), time.Unix(0, int64(second*1e9))
		}
		return starlark.None, os.Chtimes(rt.abs(p), at, mod)
	})
	m["putenv"] = rt.pos("putenv", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return starlark.None, environ.SetKey(a[0], a[1])
	})
	m["unsetenv"] = rt.pos("unsetenv", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		_, _, err := environ.Delete(a[0])
		return starlark.None, err
	})
	m["walk"] = rt.fn("walk", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		v, err := rt.bind("walk", []string{"top", "topdown", "onerror", "followlinks"}, a, kw)
		if err != nil {
			return nil, err
		}
		top, err := rt.pathArg(v[0])
		if err != nil {
			return nil, err
		}
		return rt.walk(top, v[1] == nil || bool(v[1].Truth()))
	})
	m["scandir"] = rt.pos("scandir", 0, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		dir := "."
		if len(a) == 1 {
			var err error
			if dir, err = rt.pathArg(a[0]); err != nil {
				return nil, err
			}
		}
		es, err := os.ReadDir(rt.abs(dir))
		if err != nil {
			return nil, err
		}
		var out []starlark.Value
		for _, e := range es {
			out = append(out, newPath(rt, joinPath(dir, e.Name())))
		}
		return rt.iterator(th, starlark.NewList(out))
	})
	for _, name := range []string{"popen"} {
		m[name] = rt.pos(name, 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			cmd := exec.CommandContext(rt.context(th), "/bin/sh", "-c", strArg(a, 0, ""))
			cmd.Dir, cmd.Stderr = rt.opts.Dir, rt.opts.Stderr
			var out []byte
			err := rt.block(th, func() (err error) { out, err = cmd.Output(); return err })
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return nil, err
			}
			return rt.memory(out, false), nil
		})
	}
}

// walk is os.walk: it reads a directory when it comes to it, so that a script may take names out of a row.
func (rt *Runtime) walk(top string, down bool) (starlark.Value, error) {
	type step struct {
		dir  string
		row  starlark.Value
		dirs *starlark.List
	}
	todo := []step{{dir: top}}
	return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
		for len(todo) > 0 {
			s := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if s.row == nil {
				es, err := os.ReadDir(rt.abs(s.dir))
				if err != nil {
					continue // as os.walk does unless told otherwise
				}
				var dirs, files []starlark.Value
				for _, e := range es {
					if e.IsDir() || e.Type()&fs.ModeSymlink != 0 && isDir(filepath.Join(rt.abs(s.dir), e.Name())) {
						dirs = append(dirs, starlark.String(e.Name()))
					} else {
						files = append(files, starlark.String(e.Name()))
					}
				}
				s.dirs = starlark.NewList(dirs)
				s.row = starlark.Tuple{starlark.String(s.dir), s.dirs, starlark.NewList(files)}
				if down {
					todo = append(todo, s)
					return s.row, nil
				}
				todo = append(todo, s)
			} else if !down {
				return s.row, nil
			} else {
				s.row = nil
			}
			for i := s.dirs.Len() - 1; i >= 0; i-- {
				name := strArg(starlark.Tuple{s.dirs.Index(i)}, 0, "")
				sub := joinPath(strings.TrimSuffix(s.dir, "/"), name)
				if info, err := os.Lstat(rt.abs(sub)); err == nil && info.IsDir() {
					todo = append(todo, step{dir: sub})
				}
			}
		}
		return nil, nil
	}}, nil
}

func isDir(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.IsDir()
}
