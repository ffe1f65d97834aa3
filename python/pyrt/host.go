package pyrt

import (
	"bufio"
	"errors"

	"io"
	"os"
	"path/filepath"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// stream is a file of the host, or one of the standard streams.
type stream struct {
	rt     *Runtime
	name   string
	f      *os.File
	r      *bufio.Reader
	w      io.Writer
	binary bool
	mem    *memory // nil for files that are not only in memory
	closed bool    // of those in memory
	std    bool
}

func (s *stream) String() string        { return "<file " + quoteString(s.name) + ">" }
func (s *stream) Type() string          { return "file" }
func (s *stream) Freeze()               {}
func (s *stream) Truth() starlark.Bool  { return true }
func (s *stream) Hash() (uint32, error) { return starlark.String(s.name).Hash() }
func (s *stream) AttrNames() []string {
	return []string{"close", "fileno", "flush", "name", "read", "readline", "readlines", "seek", "write", "writelines"}
}

func (s *stream) value(b []byte) starlark.Value {
	if s.binary {
		return starlark.Bytes(b)
	}
	return starlark.String(strings.ReplaceAll(decodeUTF8(string(b)), "\r\n", "\n"))
}

func (s *stream) line() (starlark.Value, bool, error) {
	if s.r == nil {
		return nil, false, s.rt.raise("OSError", "not readable")
	}
	b, err := s.r.ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	return s.value(b), len(b) > 0, nil
}

// Iterate goes over the lines.
func (s *stream) Iterate() starlark.Iterator {
	return &loopIter{&lazyIter{rt: s.rt, next: func() (starlark.Value, error) {
		v, ok, err := s.line()
		if !ok {
			return nil, err
		}
		return v, nil
	}}}
}

func (s *stream) enter(*starlark.Thread) (starlark.Value, error) { return s, nil }

func (s *stream) exit() error {
	s.closed = s.mem != nil
	if s.f == nil {
		return nil
	}
	err := s.f.Close()
	s.f = nil
	return err
}

func (s *stream) Attr(name string) (starlark.Value, error) {
	pos := func(least, most int, f func(a starlark.Tuple) (starlark.Value, error)) (starlark.Value, error) {
		return s.rt.pos(name, least, most, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if !s.std && s.f == nil && (s.mem == nil || s.closed) {
				return nil, s.rt.raise("ValueError", "I/O operation on closed file.")
			}
			return f(a)
		}), nil
	}
	if s.mem != nil {
		if v, err := s.memoryAttr(name); v != nil || err != nil {
			return v, err
		}
	}
	switch name {
	case "name":
		return starlark.String(s.name), nil
	case "closed":
		return starlark.Bool(!s.std && s.f == nil && (s.mem == nil || s.closed)), nil
	case "readable", "writable", "isatty":
		return pos(0, 0, func(starlark.Tuple) (starlark.Value, error) {
			return starlark.Bool(name == "readable" && s.r != nil || name == "writable" && s.w != nil), nil
		})
	case "read":
		return pos(0, 1, func(a starlark.Tuple) (starlark.Value, error) {
			if s.r == nil {
				return nil, s.rt.raise("OSError", "not readable")
			}
			var b []byte
			var err error
			if n := intArg(a, 0, -1); n >= 0 {
				b = make([]byte, n)
				n, err = io.ReadFull(s.r, b)
				b = b[:n]
				if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
					err = nil
				}
			} else {
				b, err = io.ReadAll(s.r)
			}
			return s.value(b), err
		})
	case "readline":
		return pos(0, 0, func(starlark.Tuple) (starlark.Value, error) {
			v, _, err := s.line()
			return v, err
		})
	case "readlines":
		return pos(0, 0, func(starlark.Tuple) (starlark.Value, error) {
			xs, err := s.rt.all(s.rt.thread, s)
			return starlark.NewList(xs), err
		})
	case "write":
		return pos(1, 1, func(a starlark.Tuple) (starlark.Value, error) {
			if s.w == nil {
				return nil, s.rt.raise("OSError", "not writable")
			}
			if _, ok := a[0].(starlark.Bytes); ok != s.binary {
				return nil, s.rt.raise("TypeError", "write() argument must be str, not %s", typeName(a[0]))
			}
			t := strArg(a, 0, "")
			s.sync()
			_, err := io.WriteString(s.w, t)
			n := len(t)
			if !s.binary {
				n = runeLen(t)
			}
			return starlark.MakeInt(n), err
		})
	case "writelines":
		return pos(1, 1, func(a starlark.Tuple) (starlark.Value, error) {
			xs, err := s.rt.all(s.rt.thread, a[0])
			if err != nil {
				return nil, err
			}
			s.sync()
			for i := range xs {
				if _, err := io.WriteString(s.w, strArg(xs, i, "")); err != nil {
					return nil, err
				}
			}
			return starlark.None, nil
		})
	case "flush", "fsync":
		return pos(0, 0, func(starlark.Tuple) (starlark.Value, error) { return starlark.None, nil })
	case "fileno":
		return pos(0, 0, func(starlark.Tuple) (starlark.Value, error) {
			if s.f == nil {
				return nil, s.rt.raise("OSError", "fileno")
			}
			return starlark.MakeInt(int(s.f.Fd())), nil
		})
	case "tell":
		return pos(0, 0, func(starlark.Tuple) (starlark.Value, error) {
			if s.f == nil {
				return nil, s.rt.raise("OSError", "not seekable")
			}
			n, err := s.f.Seek(0, io.SeekCurrent)
			if s.r != nil {
				n -= int64(s.r.Buffered())
			}
			return starlark.MakeInt64(n), err
		})
	case "seek":
		return pos(1, 2, func(a starlark.Tuple) (starlark.Value, error) {
			if s.f == nil {
				return nil, s.rt.raise("OSError", "not seekable")
			}
			n, err := s.f.Seek(int64(intArg(a, 0, 0)), intArg(a, 1, 0))
			if s.r != nil {
				s.r.Reset(s.f)
			}
			return starlark.MakeInt64(n), err
		})
	case "close":
		return s.rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.None, s.exit() }), nil
	}
	return nil, nil
}

// abs resolves a path of the script.
func (rt *Runtime) abs(p string) string {
	if rt.opts.Dir != "" && !filepath.IsAbs(p) {
		return filepath.Join(rt.opts.Dir, p)
	}
	return p
}

// pathArg is a path given as text or as a Path.
func (rt *Runtime) pathArg(v starlark.Value) (string, error) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), nil
	case *pathValue:
		return v.p, nil
	}
	return "", rt.raise("TypeError", "expected str, bytes or os.PathLike object, not %s", typeName(v))
}

func (rt *Runtime) open(p, mode string) (starlark.Value, error) {
	flags := 0
	read, write := false, false
	switch m := strings.NewReplacer("b", "", "t", "", "U", "").Replace(mode); m {
	case "r", "":
		read = true
	case "w":
		flags, write = os.O_WRONLY|os.O_CREATE|os.O_TRUNC, true
	case "a":
		flags, write = os.O_WRONLY|os.O_CREATE|os.O_APPEND, true
	case "x":
		flags, write = os.O_WRONLY|os.O_CREATE|os.O_EXCL, true
	case "r+":
		flags, read, write = os.O_RDWR, true, true
	case "w+":
		flags, read, write = os.O_RDWR|os.O_CREATE|os.O_TRUNC, true, true
	case "a+":
		flags, read, write = os.O_RDWR|os.O_CREATE|os.O_APPEND, true, true
	default:
		return nil, rt.raise("ValueError", "invalid mode: %s", quoteString(mode))
	}
	f, err := os.OpenFile(rt.abs(p), flags, 0o666)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			pe.Path = p
		}
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, &Raised{Exc: rt.osError("IsADirectoryError", 21, "Is a directory", &os.PathError{Op: "open", Path: p, Err: errors.New("is a directory")})}
	}
	s := &stream{rt: rt, name: p, f: f, binary: strings.Contains(mode, "b")}
	if read {
		s.r = bufio.NewReader(f)
	}
	if write {
		s.w = f
	}
	return s, nil
}

func (rt *Runtime) hostModule() *starlarkstruct.Module {
	open := rt.fn("open", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		args, err := rt.bind("open", []string{"file", "mode", "buffering", "encoding", "errors", "newline"}, a, kw)
		if err != nil {
			return nil, err
		}
		p, err := rt.pathArg(args[0])
		if err != nil {
			return nil, err
		}
		mode := "r"
		if args[1] != nil {
			mode, _ = starlark.AsString(args[1])
		}
		return rt.open(p, mode)
	})
	m := starlark.StringDict{"open": open, "os": rt.osModule(), "subprocess": rt.subprocessModule(), "shutil": rt.shutilModule()}
	temp := func(name string, file bool) *starlark.Builtin {
		return rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			get := func(k, def string) string {
				if v, ok := kwarg(kw, k); ok {
					def, _ = starlark.AsString(v)
				}
				return def
			}
			pattern := get("prefix", "tmp") + "*" + get("suffix", "")
			if !file {
				dir, err := os.MkdirTemp(get("dir", ""), pattern)
				if err != nil {
					return nil, err
				}
				rt.temporary = append(rt.temporary, dir)
				if name == "mkdtemp" {
					return starlark.String(dir), nil
				}
				return &tempDir{rt, dir}, nil
			}
			f, err := os.CreateTemp(get("dir", ""), pattern)
			if err != nil {
				return nil, err
			}
			rt.temporary = append(rt.temporary, f.Name())
			mode := get("mode", "w+b")
			if len(a) > 0 {
				mode = strArg(a, 0, mode)
			}
			if name == "mkstemp" {
				return starlark.Tuple{starlark.MakeInt(int(f.Fd())), starlark.String(f.Name())}, nil
			}
			return &stream{rt: rt, name: f.Name(), f: f, r: bufio.NewReader(f), w: f, binary: strings.Contains(mode, "b")}, nil
		})
	}
	m["tempfile"] = namespace("tempfile", starlark.StringDict{
		"TemporaryDirectory": temp("TemporaryDirectory", false), "mkdtemp": temp("mkdtemp", false),
		"NamedTemporaryFile": temp("NamedTemporaryFile", true), "TemporaryFile": temp("TemporaryFile", true), "mkstemp": temp("mkstemp", true),
		"gettempdir": rt.pos("gettempdir", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return starlark.String(os.TempDir()), nil
		}),
	})
	path := &typeObject{name: "Path", members: starlark.StringDict{
		"cwd": rt.pos("cwd", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			d, err := os.Getwd()
			return &pathValue{rt, d}, err
		}),
		"home": rt.pos("home", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			d, err := os.UserHomeDir()
			return &pathValue{rt, d}, err
		}),
	}}
	path.make = rt.pos("Path", 0, -1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		p := "."
		for i, v := range a {
			s, err := rt.pathArg(v)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				p = s
			} else {
				p = joinPath(p, s)
			}
		}
		return newPath(rt, p), nil
	})
	m["pathlib"] = namespace("pathlib", starlark.StringDict{"Path": path, "PurePath": path, "PosixPath": path, "PurePosixPath": path})
	return namespace("host", m)
}
