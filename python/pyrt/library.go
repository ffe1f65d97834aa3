package pyrt

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// Module gives the lowered program of a module that is written in Python.
type Module func() (*starlark.Program, error)

// libraryModule is a module whose rest, or all of it, is written in Python; that is run when it is first needed.
type libraryModule struct {
	rt      *Runtime
	name    string
	base    *starlarkstruct.Module // what is written in Go; nil for nothing
	program Module
	once    sync.Once
	globals starlark.StringDict
	err     error
}

func (m *libraryModule) String() string        { return "<module '" + m.name + "'>" }
func (m *libraryModule) Type() string          { return "module" }
func (m *libraryModule) Freeze()               {}
func (m *libraryModule) Truth() starlark.Bool  { return true }
func (m *libraryModule) Hash() (uint32, error) { return starlark.String(m.name).Hash() }

// Attr gives a member.
func (m *libraryModule) Attr(name string) (starlark.Value, error) {
	if m.base != nil {
		if v, ok := m.base.Members[name]; ok {
			return v, nil
		}
	}
	if strings.HasPrefix(name, "_") {
		return nil, nil
	}
	m.once.Do(m.load)
	if m.err != nil {
		return nil, m.err
	}
	if v, ok := m.globals[name]; ok {
		return v, nil
	}
	return nil, nil
}

// AttrNames lists the members.
func (m *libraryModule) AttrNames() []string {
	m.once.Do(m.load)
	var names []string
	for n := range m.globals {
		if !strings.HasPrefix(n, "_") {
			names = append(names, n)
		}
	}
	if m.base != nil {
		names = append(names, m.base.Members.Keys()...)
	}
	sort.Strings(names)
	return names
}

func (m *libraryModule) load() {
	prog, err := m.program()
	if err != nil {
		m.err = fmt.Errorf("module %s: %w", m.name, err)
		return
	}
	thread := m.rt.thread
	defer func() { m.rt.thread = thread }()
	own := &starlark.Thread{Name: m.name}
	if thread != nil {
		own = m.rt.child(thread)
	}
	m.globals, m.err = prog.Init(own, starlark.StringDict{"py": m.rt.module})
}

// library puts the modules that are written in Python among the members of py.
func (rt *Runtime) library(m starlark.StringDict) {
	for name, program := range rt.opts.Library {
		base, _ := m[name].(*starlarkstruct.Module)
		m[name] = &libraryModule{rt: rt, name: name, base: base, program: program}
	}
}
