package python

import (
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// IsScript reports whether a test script is written in Python rather than in Starlark: by the ending of its name; else
// by configured, the script_language of the driver configuration ("starlark", "python", "auto" or empty); else it is
// Python if it parses as that and not as Starlark, or is neither and has a statement that only Python has.
func IsScript(filename string, src []byte, configured string) bool {
	switch filepath.Ext(filename) {
	case ".py":
		return true
	case ".star", ".bzl":
		return false
	}
	switch configured {
	case "python":
		return true
	case "starlark":
		return false
	}
	f, err := dialect.Parse(filename, src)
	if err == nil && len(f.Errors) == 0 {
		return false
	}
	if _, err = syntax.Parse(filename, string(src)); err == nil {
		return true
	}
	return pythonOnly().Match(src)
}

// pythonOnly finds statements that Starlark lacks, for scripts that are broken in both languages.
var pythonOnly = lazyre.Compile(`(?m)^[ \t]*(?:(?:import|from|with|class|raise|assert|global|nonlocal|async|while)[ \t]+[^=\s]|try:)`)
