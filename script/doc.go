// Package script runs test scripts. It is a Starlark runtime that is bound generically from api's
// declarations: names, parameters, types and defaults come from there, the Go functions that do the
// work from whoever knows machines and networks. It knows neither itself.
//
// A bound function is an Impl, a class of objects a Class, a module a Module; Verify proves that a set
// of Impls is that of the declarations. Compile and Program.Run run a file, Session is for the
// interactive mode.
//
// This package and those below it serve the program gotest-driver, and may change with every version. A Go program is
// built on packages driver and machine.
package script
