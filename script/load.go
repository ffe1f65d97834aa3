package script

import (
	"fmt"
	"path/filepath"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// loader runs the files that load statements name, each once.
type loader struct {
	rt     *runtime
	files  dialect.Files
	loaded map[string]*loaded
	from   map[string]string // directories of the inputs of a session, which are not files
}

type loaded struct {
	globals starlark.StringDict
	err     error
	loading bool
}

// resolve returns the file that a load statement of another one names, as dialect.Files does.
func (l *loader) resolve(from, module string) (rel, name string, err error) {
	dir, ok := l.from[from]
	if !ok {
		dir = filepath.Dir(from)
	}
	return l.files.Resolve(dir, module)
}

// find returns what a load statement of a file has loaded, nil if it has not been run.
func (l *loader) find(from, module string) *loaded {
	rel, _, err := l.resolve(from, module)
	if err != nil {
		return nil
	}
	return l.loaded[rel]
}

func (l *loader) load(thread *starlark.Thread, module string) (starlark.StringDict, error) {
	rel, name, err := l.resolve(thread.CallFrame(0).Pos.Filename(), module)
	if err != nil {
		return nil, err
	}
	if f := l.loaded[rel]; f != nil {
		if f.loading {
			return nil, fmt.Errorf("%s loads itself, directly or through others", rel)
		}
		return f.globals, f.err
	}
	f := &loaded{loading: true}
	l.loaded[rel] = f
	f.globals, f.err = l.run(thread, rel, name)
	f.loading = false
	return f.globals, f.err
}

func (l *loader) run(thread *starlark.Thread, rel, name string) (starlark.StringDict, error) {
	src, err := l.files.Read(rel)
	if err != nil {
		return nil, err
	}
	_, prog, err := l.rt.compile(name, src, l.rt.opts.Predeclared.Has)
	if err != nil {
		return nil, err
	}
	globals, err := prog.Init(thread, l.rt.predeclared)
	globals.Freeze()
	return globals, err
}
