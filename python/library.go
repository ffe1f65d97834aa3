package python

import (
	"embed"
	"fmt"
	"maps"
	"strings"
	"sync"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/python/pyrt"
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// libraryFiles are the modules of the standard library that are written in Python, as scripts are.
//
//go:embed library/*.py
var libraryFiles embed.FS

// librarySource is one of them, with the names that scripts may use.
type librarySource struct {
	text  string
	names map[string]bool
}

// librarySources are the modules by name. They never change.
var librarySources = sync.OnceValue(func() map[string]librarySource {
	entries, err := libraryFiles.ReadDir("library")
	if err != nil {
		panic(err) // the files are a part of the program
	}
	out := map[string]librarySource{}
	for _, e := range entries {
		src, err := libraryFiles.ReadFile("library/" + e.Name())
		if err != nil {
			panic(err)
		}
		file, err := syntax.Parse(e.Name(), string(src))
		if err != nil {
			panic(err)
		}
		names := map[string]bool{}
		for n, v := range resolve(file).module.vars {
			names[n] = !v.free && !strings.HasPrefix(n, "_") && (v.module == "" || strings.Contains(v.module, "."))
		}
		out[strings.TrimSuffix(e.Name(), ".py")] = librarySource{string(src), names}
	}
	return out
})

// libraryPrograms lower each module once, when a script first needs it.
var libraryPrograms = sync.OnceValue(func() map[string]pyrt.Module {
	out := map[string]pyrt.Module{}
	for name, m := range librarySources() {
		out[name] = sync.OnceValues(func() (*starlark.Program, error) {
			return lowerLibrary("<library>/"+name+".py", m.text)
		})
	}
	return out
})

// Library are the modules of Python's standard library that are written in Python, for the runtime of a script.
func Library() map[string]pyrt.Module { return maps.Clone(libraryPrograms()) }

func lowerLibrary(name, src string) (*starlark.Program, error) {
	p, err := lower(name, src, lowering{library: true})
	if err != nil {
		return nil, err
	}
	if len(p.Findings) > 0 {
		return nil, fmt.Errorf("%v", p.Findings[0])
	}
	f, err := p.Parse()
	if err != nil {
		return nil, err
	}
	return starlark.FileProgram(f, func(name string) bool { return name == "py" })
}

// libraryMember tells whether a module of the library has what a dotted path names.
func libraryMember(path string) bool {
	root, rest, deeper := strings.Cut(path, ".")
	m, ok := librarySources()[root]
	first, _, _ := strings.Cut(rest, ".")
	return ok && (!deeper || m.names[first])
}
