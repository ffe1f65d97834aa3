// Package script runs test scripts. It is a Starlark runtime with a generic binding to api's declarations: names,
// parameters, types and defaults come from there. The Go functions that do the work come from packages that know
// machines and networks; this package knows neither.
//
// A bound function is an Impl, a class of objects a Class, a module a Module; Verify checks that a set of Impls matches
// the declarations. Compile and Program.Run run a file, Session is for the interactive mode.
//
// This package and those below it serve the program gotest-driver, and may change with every version. A Go program is
// built on packages driver and machine.
package script
