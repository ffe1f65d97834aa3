// Package api holds the declarations of everything that a test script can call: names, parameters, types, defaults,
// results and documentation. The declarations are files in the dialect's own syntax (decl/*.star: functions with types
// and doc strings, no bodies; a comment right before a function, such as "# @qemu_only", adds what programs must know).
// Argument binding, the type checker, the language server, the .pyi stub and the reference are all generated from them,
// so they can't differ. declared.go holds the declarations as data; package declare generates it.
package api

// ParamKind says how an argument reaches a parameter.
type ParamKind int

// The kinds of parameters, as in Starlark and Python.
const (
	Positional  ParamKind = iota // by position or by name
	KeywordOnly                  // by name only: it comes after * or *args
	VarArgs                      // *args
	KwArgs                       // **kwargs
)

// Param is one parameter of a function. For VarArgs and KwArgs, Type is the type of each element.
type Param struct {
	Name           string
	Kind           ParamKind
	PositionalOnly bool // it can't be given by name: its declared name begins with __
	Type           *Type
	Default        string // Starlark source of the default value; empty when the parameter is required
}

// Required reports whether a call must give the parameter.
func (p Param) Required() bool { return p.Default == "" && p.Kind != VarArgs && p.Kind != KwArgs }

// Position is a place in a declaration file: File is relative to decl/, Line and Column count from 1.
type Position struct {
	File         string
	Line, Column int
}

// Function is a declared function or method (without its receiver).
type Function struct {
	Name      string
	Owner     string // the class or module it belongs to; empty for a global
	Params    []Param
	Result    *Type
	Overloads []*Function // further signatures; the function itself is the most general one
	Doc       string      // the doc string, indentation removed, and a sentence for each annotation
	Extension bool        // not in the Python driver; its annotation is "# @extension"
	QEMUOnly  bool        // fails on containers; its annotation is "# @qemu_only"
	Pos       Position
}

// FullName returns the name with its owner: "Machine.succeed", "start_all".
func (f *Function) FullName() string {
	if f.Owner == "" {
		return f.Name
	}
	return f.Owner + "." + f.Name
}

// Param returns the parameter of that name, nil when there is none.
func (f *Function) Param(name string) *Param {
	for i := range f.Params {
		if f.Params[i].Name == name {
			return &f.Params[i]
		}
	}
	return nil
}

// Variable is a declared global, module member or attribute of a class.
type Variable struct {
	Name  string
	Owner string
	Type  *Type
	Doc   string
	Pos   Position
}

// Class is a type of values that scripts handle: Machine, Match, …
type Class struct {
	Name       string
	Doc        string
	Attributes []*Variable
	Methods    []*Function
	Pos        Position
}

// Method returns the method of that name, nil when there is none.
func (c *Class) Method(name string) *Function { return find(c.Methods, name) }

// Attribute returns the attribute of that name, nil when there is none.
func (c *Class) Attribute(name string) *Variable { return findVar(c.Attributes, name) }

// Module is a predeclared name with members: re, json, log, t, …
type Module struct {
	Name      string
	Doc       string
	Variables []*Variable
	Functions []*Function
	Call      *Function // set when the module's name can be called itself, such as assert(…)
	Pos       Position
}

// Function returns the module's function of that name, nil when there is none.
func (m *Module) Function(name string) *Function { return find(m.Functions, name) }

// Variable returns the module's variable of that name, nil when there is none.
func (m *Module) Variable(name string) *Variable { return findVar(m.Variables, name) }

// Alias names a type, such as Duration or Regex.
type Alias struct {
	Name string
	Type *Type
	Doc  string
	Pos  Position
}

// API is the whole set of declarations, each list in the order of the files.
type API struct {
	Functions []*Function // globals that can be called
	Variables []*Variable // other globals
	Classes   []*Class
	Modules   []*Module
	Aliases   []*Alias
	Starlark  Universe // the names of Starlark itself
}

// Universe has the names of every Starlark program: go.starlark.net's builtins, types and modules. Class "list" has the
// type variable T, class "dict" K and V, class "set" T.
type Universe struct {
	Functions []*Function
	Classes   []*Class
	Modules   []*Module
}

// Load returns the declarations. Callers must not change them.
func Load() *API { return &declared }

// Function returns the global function of that name, nil when there is none.
func (a *API) Function(name string) *Function { return find(a.Functions, name) }

// Variable returns the global variable of that name, nil when there is none.
func (a *API) Variable(name string) *Variable { return findVar(a.Variables, name) }

// Class returns the class of that name, nil when there is none.
func (a *API) Class(name string) *Class {
	for _, c := range a.Classes {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Module returns the module of that name, nil when there is none.
func (a *API) Module(name string) *Module { return findModule(a.Modules, name) }

// Module returns the module of that name, nil when there is none.
func (u *Universe) Module(name string) *Module { return findModule(u.Modules, name) }

func findModule(list []*Module, name string) *Module {
	for _, m := range list {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// Alias returns the type alias of that name, nil when there is none.
func (a *API) Alias(name string) *Alias {
	for _, x := range a.Aliases {
		if x.Name == name {
			return x
		}
	}
	return nil
}

func find(fs []*Function, name string) *Function {
	for _, f := range fs {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func findVar(vs []*Variable, name string) *Variable {
	for _, v := range vs {
		if v.Name == name {
			return v
		}
	}
	return nil
}
