package script

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"go.starlark.net/starlark"
)

// loader runs the files that load statements name, each once.
type loader struct {
	rt    *runtime
	root  string // directory; "" when nothing can be loaded
	files map[string]*loaded
	from  map[string]string // directories of what is no file: the inputs of a session
}

type loaded struct {
	globals starlark.StringDict
	err     error
	loading bool
}

func (l *loader) load(thread *starlark.Thread, module string) (starlark.StringDict, error) {
	from := thread.CallFrame(0).Pos.Filename()
	rel, name, err := l.resolve(from, module)
	if err != nil {
		return nil, err
	}
	if f := l.files[rel]; f != nil {
		if f.loading {
			return nil, fmt.Errorf("%s loads itself, directly or through others", rel)
		}
		return f.globals, f.err
	}
	f := &loaded{loading: true}
	l.files[rel] = f
	f.globals, f.err = l.run(thread, rel, name)
	f.loading = false
	return f.globals, f.err
}

// resolve gives the path of a module below the root, and its name in messages: relative as that of the file that
// loads it.
func (l *loader) resolve(from, module string) (rel, name string, err error) {
	switch {
	case l.root == "":
		return "", "", errors.New("a script that is not a file can't load others")
	case module == "" || path.IsAbs(module) && !strings.HasPrefix(module, "//"):
		return "", "", fmt.Errorf("the path must be relative to %s, or to the test's root (//helpers.star)", filepath.Base(from))
	}
	dir, ok := l.from[from]
	if !ok {
		dir = filepath.Dir(from)
	}
	full := filepath.Join(dir, filepath.FromSlash(module))
	if rest, ok := strings.CutPrefix(module, "//"); ok {
		full = filepath.Join(l.root, filepath.FromSlash(rest))
	}
	rel, err = relative(l.root, full)
	if err != nil || !filepath.IsLocal(rel) {
		return "", "", fmt.Errorf("it is outside of the test's root %s", l.root)
	}
	return rel, full, nil
}

func (l *loader) run(thread *starlark.Thread, rel, name string) (starlark.StringDict, error) {
	root, err := os.OpenRoot(l.root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	src, err := root.ReadFile(rel)
	if err != nil {
		return nil, err
	}
	_, prog, err := l.rt.compile(name, src, l.rt.opts.Predeclared.Has)
	if err != nil {
		return nil, err
	}
	globals, err := prog.Init(thread, l.rt.opts.Predeclared)
	globals.Freeze()
	return globals, err
}

// relative is filepath.Rel for paths of which one may be absolute.
func relative(root, full string) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if full, err = filepath.Abs(full); err != nil {
		return "", err
	}
	return filepath.Rel(root, full)
}
