package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// Getter gives the value of an attribute of an object (self is what Class.New got) or of a module's
// variable (self is nil). It must not wait.
type Getter func(self any) (starlark.Value, error)

// Class makes objects of a declared class.
type Class struct {
	decl    *api.Class
	impls   map[string]Impl
	getters map[string]Getter
	names   []string
	made    atomic.Uint32

	// Before, when set, is called before each method, with the arguments bound: machines check polling
	// conditions here (CheckConditions).
	Before func(ctx context.Context, c *Call) error
	// ErrorClass is the class of the methods' errors that have none; empty means ClassMachine.
	ErrorClass string
	// Iterate starts a loop over an object made by NewIterable.
	Iterate func(self any) starlark.Iterator
}

// NewClass binds a declared class. Verify reports whether the functions are those of the declaration.
func NewClass(decl *api.Class, impls map[string]Impl, getters map[string]Getter) *Class {
	c := &Class{decl: decl, impls: impls, getters: getters}
	for _, a := range decl.Attributes {
		c.names = append(c.names, a.Name)
	}
	for _, m := range decl.Methods {
		if m.Name != "__iter__" {
			c.names = append(c.names, m.Name)
		}
	}
	slices.Sort(c.names)
	return c
}

// New makes an object. payload is what methods get as Call.Self, str how the object prints.
func (c *Class) New(payload any, str string) *Object {
	return &Object{class: c, payload: payload, str: str, number: c.made.Add(1)}
}

// NewIterable makes an object that a loop can run over.
func (c *Class) NewIterable(payload any, str string) starlark.Value {
	return iterableObject{c.New(payload, str)}
}

// Verify tells what keeps the class from being that of its declaration.
func (c *Class) Verify() error {
	return VerifyClass(c.decl, c.impls, c.getters)
}

// Object is a value of a declared class. It is equal to itself only.
type Object struct {
	class   *Class
	payload any
	str     string
	number  uint32 // within the class

	mu      sync.Mutex
	methods map[string]*Builtin
}

var (
	_ starlark.HasAttrs = (*Object)(nil)
	_ starlark.Iterable = iterableObject{}
)

// AsObject is the object that a value is, nil when it is none.
func AsObject(v starlark.Value) *Object {
	switch v := v.(type) {
	case *Object:
		return v
	case iterableObject:
		return v.Object
	}
	return nil
}

// Payload is what Class.New got.
func (o *Object) Payload() any { return o.payload }

// Class is the declaration of the object's class.
func (o *Object) Class() *api.Class { return o.class.decl }

// String is how the object prints.
func (o *Object) String() string { return o.str }

// Type is the name of the class.
func (o *Object) Type() string { return o.class.decl.Name }

// Freeze does nothing: an object holds no values of the script.
func (o *Object) Freeze() {}

// Truth is true.
func (o *Object) Truth() starlark.Bool { return true }

// Hash tells objects of a class apart.
func (o *Object) Hash() (uint32, error) { return o.number * 2654435761, nil }

// Attr is an attribute or a bound method.
func (o *Object) Attr(name string) (starlark.Value, error) {
	if g := o.class.getters[name]; g != nil {
		return g(o.payload)
	}
	impl := o.class.impls[name]
	if impl == nil || name == "__iter__" {
		return nil, nil // go.starlark.net says what is wrong, with a near name
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	b := o.methods[name]
	if b == nil {
		b = &Builtin{decl: o.class.decl.Method(name), impl: impl, obj: o}
		if o.methods == nil {
			o.methods = map[string]*Builtin{}
		}
		o.methods[name] = b
	}
	return b, nil
}

// AttrNames are the names of attributes and methods, sorted.
func (o *Object) AttrNames() []string { return o.class.names }

// iterableObject is an Object that a loop can run over. It is a type of its own, for whether a value can be
// iterated is a question to its Go type.
type iterableObject struct{ *Object }

// Iterate starts a loop.
func (o iterableObject) Iterate() starlark.Iterator { return o.class.Iterate(o.payload) }

// Module is a predeclared name with members.
type Module struct {
	decl    *api.Module
	members starlark.StringDict
	names   []string
	call    *Builtin
}

// NewModule binds a declared module; the function of a module that can be called itself is named
// "__call__". Variables are asked for at each use.
func NewModule(decl *api.Module, impls map[string]Impl, vars starlark.StringDict) starlark.Value {
	m := &Module{decl: decl, members: starlark.StringDict{}}
	for _, v := range decl.Variables {
		m.add(v.Name, vars[v.Name])
	}
	for _, f := range decl.Functions {
		if impl := impls[f.Name]; impl != nil {
			m.add(f.Name, &Builtin{decl: f, impl: impl})
		}
	}
	slices.Sort(m.names)
	if impl := impls["__call__"]; decl.Call != nil && impl != nil {
		m.call = &Builtin{decl: decl.Call, impl: impl}
		return callableModule{m}
	}
	return m
}

func (m *Module) add(name string, v starlark.Value) {
	if v != nil {
		m.members[name] = v
		m.names = append(m.names, name)
	}
}

// Module is the declaration.
func (m *Module) Module() *api.Module { return m.decl }

// String is how the module prints.
func (m *Module) String() string { return fmt.Sprintf("<module %s>", m.decl.Name) }

// Type is "module".
func (m *Module) Type() string { return "module" }

// Freeze freezes the members.
func (m *Module) Freeze() { m.members.Freeze() }

// Truth is true.
func (m *Module) Truth() starlark.Bool { return true }

// Hash is an error: a module is no key.
func (m *Module) Hash() (uint32, error) { return 0, errors.New("unhashable: module") }

// Attr is a member.
func (m *Module) Attr(name string) (starlark.Value, error) { return m.members[name], nil }

// AttrNames are the members' names, sorted.
func (m *Module) AttrNames() []string { return m.names }

// callableModule is a module that can be called, as assert.
type callableModule struct{ *Module }

// Name is the module's name.
func (m callableModule) Name() string { return m.decl.Name }

// CallInternal calls the module.
func (m callableModule) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return m.call.CallInternal(thread, args, kwargs)
}
