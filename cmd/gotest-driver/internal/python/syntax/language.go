package syntax

import (
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// IsScript reports whether a test script is written in Python rather than in Starlark: by the ending of its name; else
// by configured, the script_language of the driver configuration ("starlark", "python", "auto" or empty); else it is
// Python if it parses as that and not as Starlark, or is neither and has a statement that only Python has. starlark tells
// what the Starlark parser says of the script.
func IsScript(filename string, src []byte, configured string, starlark func(filename string, src []byte) (*dialect.File, error)) bool {
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
	if _, err := starlark(filename, src); err == nil {
		return false
	}
	if _, err := Parse(filename, string(src)); err == nil {
		return true
	}
	return pythonOnly().Match(src)
}

// Names returns the names that a script in Python uses. Of what is not understood, such as classes, it returns all words.
func Names(filename string, src []byte) map[string]bool {
	names := map[string]bool{}
	words := func(src []byte) {
		for _, w := range word().FindAll(src, -1) {
			names[string(w)] = true
		}
	}
	f, err := Parse(filename, string(src))
	if err != nil {
		words(src)
		return names
	}
	for _, s := range f.Body {
		Walk(s, func(n Node) bool {
			switch n := n.(type) {
			case *Name:
				names[n.ID] = true
			case *ClassDef:
				words(src[n.Start:n.End])
			case *Other:
				words(src[n.Start:n.End])
			}
			return true
		})
	}
	return names
}

var word = lazyre.Compile(`\w+`)

// pythonOnly matches statements that Starlark lacks, for scripts with syntax errors in both languages.
var pythonOnly = lazyre.Compile(`(?m)^[ \t]*(?:(?:import|from|with|class|raise|assert|global|nonlocal|async|while)[ \t]+[^=\s]|try:)`)
