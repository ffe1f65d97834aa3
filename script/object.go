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

// Getter returns the value of an attribute of an object (self is the payload given to Class.New) or of a module's
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

// NewClass binds a declared class. Verify checks that the functions match the declaration.
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

// New makes an object. Methods find payload in Call.Self; print shows str.
func (c *Class) New(payload any, str string) *Object {
	return &Object{class: c, payload: payload, str: str, number: c.made.Add(1)}
}

// NewIterable makes an object that a loop can run over.
func (c *Class) NewIterable(payload any, str string) starlark.Value {
	return iterableObject{c.New(payload, str)}
}

// Verify returns how the class differs from its declaration, nil if it does not.
func (c *Class) Verify() error {
	return VerifyClass(c.decl, c.impls, c.getters)
}

// Object is a value of a declared class. It is equal only to itself.
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

// AsObject returns the object that a value is, nil when it is none.
func AsObject(v starlark.Value) *Object {
	switch v := v.(type) {
	case *Object:
		return v
	case iterableObject:
		return v.Object
	}
	return nil
}

// Payload returns the payload given to Class.New.
func (o *Object) Payload() any { return o.payload }

// Class returns the declaration of the object's class.
func (o *Object) Class() *api.Class { return o.class.decl }

// String returns the object as print shows it.
func (o *Object) String() string { return o.str }

// Type returns the name of the class.
func (o *Object) Type() string { return o.class.decl.Name }

// Freeze does nothing: an object holds no values of the script.
func (o *Object) Freeze() {}

// Truth returns true.
func (o *Object) Truth() starlark.Bool { return true }

// Hash returns a hash that differs between objects of a class.
func (o *Object) Hash() (uint32, error) { return o.number * 2654435761, nil }

// Attr returns an attribute or a bound method.
func (o *Object) Attr(name string) (starlark.Value, error) {
	if g := o.class.getters[name]; g != nil {
		return g(o.payload)
	}
	impl := o.class.impls[name]
	if impl == nil || name == "__iter__" {
		return nil, nil // go.starlark.net reports the error, with a similar name
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

// AttrNames returns the names of attributes and methods, sorted.
func (o *Object) AttrNames() []string { return o.class.names }

// iterableObject is an Object that a loop can run over. It is a separate type, because the Go type decides whether a
// value can be iterated.
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

// NewModule binds a declared module; the function of a module that can be called itself is named "__call__". Variables
// are read at each use.
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

// Module returns the declaration.
func (m *Module) Module() *api.Module { return m.decl }

// String returns the module as print shows it.
func (m *Module) String() string { return fmt.Sprintf("<module %s>", m.decl.Name) }

// Type returns "module".
func (m *Module) Type() string { return "module" }

// Freeze freezes the members.
func (m *Module) Freeze() { m.members.Freeze() }

// Truth returns true.
func (m *Module) Truth() starlark.Bool { return true }

// Hash returns an error: a module can't be a key.
func (m *Module) Hash() (uint32, error) { return 0, errors.New("unhashable: module") }

// Attr returns a member.
func (m *Module) Attr(name string) (starlark.Value, error) { return m.members[name], nil }

// AttrNames returns the members' names, sorted.
func (m *Module) AttrNames() []string { return m.names }

// callableModule is a module that can be called, such as assert.
type callableModule struct{ *Module }

// Name returns the module's name.
func (m callableModule) Name() string { return m.decl.Name }

// CallInternal calls the module.
func (m callableModule) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return m.call.CallInternal(thread, args, kwargs)
}
