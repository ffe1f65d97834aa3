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

// librarySource is one of them: its text and the names that scripts may use. Its file is read when a script first needs
// it, as most scripts need none.
type librarySource struct {
	text  func() string
	names func() map[string]bool
}

// librarySources are the modules by name. They never change.
var librarySources = sync.OnceValue(func() map[string]librarySource {
	entries, err := libraryFiles.ReadDir("library")
	if err != nil {
		panic(err) // the files are a part of the program
	}
	out := map[string]librarySource{}
	for _, e := range entries {
		text := sync.OnceValue(func() string {
			src, err := libraryFiles.ReadFile("library/" + e.Name())
			if err != nil {
				panic(err)
			}
			return string(src)
		})
		names := sync.OnceValue(func() map[string]bool { return libraryNames(e.Name(), text()) })
		out[strings.TrimSuffix(e.Name(), ".py")] = librarySource{text, names}
	}
	return out
})

func libraryNames(file, text string) map[string]bool {
	f, err := syntax.Parse(file, text)
	if err != nil {
		panic(err)
	}
	names := map[string]bool{}
	for n, v := range resolve(f).module.vars {
		names[n] = !v.free && !strings.HasPrefix(n, "_") && (v.module == "" || strings.Contains(v.module, "."))
	}
	return names
}

// libraryPrograms lower each module once, when a script first needs it.
var libraryPrograms = sync.OnceValue(func() map[string]pyrt.Module {
	out := map[string]pyrt.Module{}
	for name, m := range librarySources() {
		out[name] = sync.OnceValues(func() (*starlark.Program, error) {
			return lowerLibrary("<library>/"+name+".py", m.text())
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
	return ok && (!deeper || m.names()[first])
}
