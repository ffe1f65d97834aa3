package runner

import (
	"errors"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/python"
)

// errPython is the end of every script in Python. It is the place where an interpreter takes over.
var errPython = errors.New("tests in Python need an interpreter, which this build has no way to start: gotest-driver migrate translates to Starlark what has a form there")

// isPython tells whether a script is written in Python; c may be nil.
func isPython(name string, src []byte, c *driver.Config) bool {
	configured := ""
	if c != nil {
		configured = c.ScriptLanguage
	}
	return python.IsScript(name, src, configured)
}
