package pyrt

import (
	"errors"

	"io"
	"os"
	"path/filepath"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// tempDir is a directory that goes with its scope.
type tempDir struct {
	rt  *Runtime
	dir string
}

func (t *tempDir) String() string        { return "<TemporaryDirectory " + quoteString(t.dir) + ">" }
func (t *tempDir) Type() string          { return "TemporaryDirectory" }
func (t *tempDir) Freeze()               {}
func (t *tempDir) Truth() starlark.Bool  { return true }
func (t *tempDir) Hash() (uint32, error) { return starlark.String(t.dir).Hash() }
func (t *tempDir) AttrNames() []string   { return []string{"cleanup", "name"} }
func (t *tempDir) Attr(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(t.dir), nil
	case "cleanup":
		return t.rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.None, t.exit() }), nil
	}
	return nil, nil
}
func (t *tempDir) enter(*starlark.Thread) (starlark.Value, error) { return starlark.String(t.dir), nil }
func (t *tempDir) exit() error                                    { return os.RemoveAll(t.dir) }

// pathValue is a pathlib.Path.
type pathValue struct {
	rt *Runtime
	p  string
}

func newPath(rt *Runtime, p string) *pathValue {
	abs := strings.HasPrefix(p, "/")
	var parts []string
	for _, s := range strings.Split(p, "/") {
		if s != "" && s != "." {
			parts = append(parts, s)
		}
	}
	p = strings.Join(parts, "/")
	if abs {
		p = "/" + p
	}
	if p == "" {
		p = "."
	}
	return &pathValue{rt, p}
}

func joinPath(a, b string) string {
	if strings.HasPrefix(b, "/") {
		return b
	}
	return a + "/" + b
}

func (p *pathValue) String() string        { return "PosixPath(" + quoteString(p.p) + ")" }
func (p *pathValue) text() string          { return p.p }
func (p *pathValue) Type() string          { return "Path" }
func (p *pathValue) Freeze()               {}
func (p *pathValue) Truth() starlark.Bool  { return true }
func (p *pathValue) Hash() (uint32, error) { return starlark.String(p.p).Hash() }
func (p *pathValue) AttrNames() []string {
	return []string{"exists", "glob", "is_dir", "is_file", "iterdir", "joinpath", "mkdir", "name", "parent", "parts", "read_bytes", "read_text", "relative_to", "stem", "suffix", "unlink", "with_suffix", "write_bytes", "write_text"}
}

// Binary joins paths.
func (p *pathValue) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if op != syntax.SLASH {
		return nil, nil
	}
	s, err := p.rt.pathArg(y)
	if err != nil {
		return nil, err
	}
	if side == starlark.Right {
		return newPath(p.rt, joinPath(s, p.p)), nil
	}
	return newPath(p.rt, joinPath(p.p, s)), nil
}

// CompareSameType compares paths.
func (p *pathValue) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return compareResult(op, strings.Compare(p.p, y.(*pathValue).p)), nil
}

func (p *pathValue) className() string { return "Path" }

func (p *pathValue) Attr(name string) (starlark.Value, error) {
	base := filepath.Base(p.p)
	real := p.rt.abs(p.p)
	fn := func(f func(a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error)) (starlark.Value, error) {
		return p.rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			return f(a, kw)
		}), nil
	}
	switch name {
	case "name":
		return starlark.String(base), nil
	case "parent":
		return &pathValue{p.rt, filepath.Dir(p.p)}, nil
	case "suffix", "stem":
		ext := filepath.Ext(base)
		if ext == base {
			ext = ""
		}
		if name == "suffix" {
			return starlark.String(ext), nil
		}
		return starlark.String(strings.TrimSuffix(base, ext)), nil
	case "parts":
		var t starlark.Tuple
		if strings.HasPrefix(p.p, "/") {
			t = append(t, starlark.String("/"))
		}
		for _, s := range strings.Split(strings.Trim(p.p, "/"), "/") {
			t = append(t, starlark.String(s))
		}
		return t, nil
	case "exists", "is_file", "is_dir", "is_symlink":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			info, err := os.Stat(real)
			if name == "is_symlink" {
				info, err = os.Lstat(real)
				return starlark.Bool(err == nil && info.Mode()&os.ModeSymlink != 0), nil
			}
			return starlark.Bool(err == nil && (name == "exists" || info.IsDir() == (name == "is_dir"))), nil
		})
	case "read_text", "read_bytes":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			b, err := os.ReadFile(real)
			if name == "read_bytes" {
				return starlark.Bytes(b), err
			}
			return starlark.String(decodeUTF8(string(b))), err
		})
	case "write_text", "write_bytes":
		return fn(func(a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			t := strArg(a, 0, "")
			return starlark.MakeInt(runeLen(t)), os.WriteFile(real, []byte(t), 0o666)
		})
	case "mkdir":
		return fn(func(a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if v, ok := kwarg(kw, "parents"); ok && bool(v.Truth()) {
				return starlark.None, os.MkdirAll(real, 0o777)
			}
			err := os.Mkdir(real, 0o777)
			if v, ok := kwarg(kw, "exist_ok"); ok && bool(v.Truth()) && os.IsExist(err) {
				err = nil
			}
			return starlark.None, err
		})
	case "unlink", "rmdir":
		return fn(func(_ starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			err := os.Remove(real)
			if v, ok := kwarg(kw, "missing_ok"); ok && bool(v.Truth()) && os.IsNotExist(err) {
				err = nil
			}
			return starlark.None, err
		})
	case "touch":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			f, err := os.OpenFile(real, os.O_CREATE|os.O_WRONLY, 0o666)
			if err != nil {
				return nil, err
			}
			return starlark.None, f.Close()
		})
	case "chmod":
		return fn(func(a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return starlark.None, os.Chmod(real, os.FileMode(intArg(a, 0, 0o644)))
		})
	case "joinpath":
		return fn(func(a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			s := p.p
			for _, v := range a {
				t, err := p.rt.pathArg(v)
				if err != nil {
					return nil, err
				}
				s = joinPath(s, t)
			}
			return newPath(p.rt, s), nil
		})
	case "relative_to":
		return fn(func(a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			from, err := p.rt.pathArg(a[0])
			if err != nil {
				return nil, err
			}
			rel, err := filepath.Rel(from, p.p)
			if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
				return nil, p.rt.raise("ValueError", "%s is not in the subpath of %s", quoteString(p.p), quoteString(from))
			}
			return newPath(p.rt, rel), nil
		})
	case "with_suffix", "with_name":
		return fn(func(a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			s := strArg(a, 0, "")
			if name == "with_suffix" {
				s = strings.TrimSuffix(base, filepath.Ext(base)) + s
			}
			return newPath(p.rt, filepath.Join(filepath.Dir(p.p), s)), nil
		})
	case "resolve", "absolute", "expanduser":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			s, err := filepath.Abs(real)
			return &pathValue{p.rt, s}, err
		})
	case "iterdir", "glob", "rglob":
		return fn(func(a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			pattern := strArg(a, 0, "*")
			names, err := filepath.Glob(filepath.Join(real, pattern))
			if err != nil {
				return nil, err
			}
			var out []starlark.Value
			for _, n := range names {
				rel, err := filepath.Rel(real, n)
				if err != nil {
					return nil, err
				}
				out = append(out, newPath(p.rt, joinPath(p.p, rel)))
			}
			return starlark.NewList(out), nil
		})
	case "open":
		return fn(func(a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			mode := strArg(a, 0, "r")
			if v, ok := kwarg(kw, "mode"); ok {
				mode, _ = starlark.AsString(v)
			}
			return p.rt.open(p.p, mode)
		})
	case "stat":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) { return p.rt.stat(real) })
	case "as_posix":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) { return starlark.String(p.p), nil })
	}
	return nil, nil
}

func (rt *Runtime) stat(path string) (starlark.Value, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return starlarkstruct.FromStringDict(starlark.String("stat_result"), starlark.StringDict{
		"st_size":  starlark.MakeInt64(info.Size()),
		"st_mode":  starlark.MakeInt(int(info.Mode().Perm()) | map[bool]int{true: 0o040000, false: 0o100000}[info.IsDir()]),
		"st_mtime": starlark.Float(float64(info.ModTime().UnixNano()) / 1e9),
	}), nil
}

func (rt *Runtime) shutilModule() *starlarkstruct.Module {
	copyFile := func(a starlark.Tuple) (starlark.Value, error) {
		src, err := rt.pathArg(a[0])
		if err != nil {
			return nil, err
		}
		dst, err := rt.pathArg(a[1])
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(rt.abs(dst)); err == nil && info.IsDir() {
			dst = filepath.Join(dst, filepath.Base(src))
		}
		in, err := os.Open(rt.abs(src))
		if err != nil {
			return nil, err
		}
		defer in.Close()
		info, err := in.Stat()
		if err != nil {
			return nil, err
		}
		out, err := os.OpenFile(rt.abs(dst), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(out, in)
		return starlark.String(dst), errors.Join(err, out.Close())
	}
	m := starlark.StringDict{}
	for _, n := range []string{"copy", "copy2", "copyfile"} {
		m[n] = rt.pos(n, 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return copyFile(a) })
	}
	m["rmtree"] = rt.fn("rmtree", func(_ *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		p, err := rt.pathArg(a[0])
		if err != nil {
			return nil, err
		}
		return starlark.None, os.RemoveAll(rt.abs(p))
	})
	m["move"] = rt.pos("move", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return a[1], os.Rename(rt.abs(strArg(a, 0, "")), rt.abs(strArg(a, 1, "")))
	})
	m["copytree"] = rt.fn("copytree", func(_ *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		src, err := rt.pathArg(a[0])
		if err != nil {
			return nil, err
		}
		dst, err := rt.pathArg(a[1])
		if err != nil {
			return nil, err
		}
		return starlark.String(dst), os.CopyFS(rt.abs(dst), os.DirFS(rt.abs(src)))
	})
	m["which"] = rt.pos("which", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
			p := filepath.Join(dir, strArg(a, 0, ""))
			if info, err := os.Stat(p); err == nil && info.Mode()&0o111 != 0 && !info.IsDir() {
				return starlark.String(p), nil
			}
		}
		return starlark.None, nil
	})
	return namespace("shutil", m)
}
