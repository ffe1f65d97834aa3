// Package lazyre compiles regular expressions when they are first needed, so that those of a package don't make each
// start of the program slower.
package lazyre

import (
	"regexp"
	"sync"
)

// Compile returns a function that gives the compiled pattern, for a package-level variable. It panics at its first call
// when the pattern is wrong.
func Compile(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
