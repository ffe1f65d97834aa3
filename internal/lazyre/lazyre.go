// Package lazyre compiles regular expressions when they are first needed, so that they don't slow down each start of the
// program.
package lazyre

import (
	"regexp"
	"sync"
)

// Compile returns a function that returns the compiled pattern, for a package-level variable. The function panics at its
// first call if the pattern is wrong.
func Compile(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
