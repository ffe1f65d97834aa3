package run

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// Inspection is what is known of a script before it runs.
type Inspection struct {
	// Files are the files that a run would read, the script and those that it loads, with their content; nil for a
	// missing file.
	Files map[string][]byte
	// Findings are the checker's findings in all these files.
	Findings []check.Finding
	// KeepMachines reports whether the script asks for its machines to stay up for its next run.
	KeepMachines bool
}

// Errors reports whether there are findings that keep the script from being run.
func (i *Inspection) Errors() bool {
	for _, f := range i.Findings {
		if f.Severity == check.Error {
			return true
		}
	}
	return false
}

// keepsMachines matches the setting in a script in Python.
var keepsMachines = lazyre.Compile(`(?m)^keep_machines\s*=\s*True\b`)

// Inspect reads and checks a script. The Inspection is valid even with an error, which says why the script can't run.
// interpreter is the one for scripts in Python; empty for the usual one.
func Inspect(ctx context.Context, name string, c *driver.Config, interpreter string) (*Inspection, error) {
	i := &Inspection{Files: map[string][]byte{}}
	src, err := userfile.Read(ctx, name)
	i.Files[name] = src
	if err != nil {
		return i, err
	}
	root, err := check.Root(name)
	if err != nil {
		return i, err
	}
	cfg, err := check.ConfigOf(c, root)
	if err != nil {
		return i, err
	}
	p := newProgram("", nil)
	if isPython(name, src, c, p.parse) {
		i.KeepMachines = keepsMachines().Match(src)
		var files []string
		i.Findings, files, err = bridge.File(ctx, bridge.Options{Script: name, Source: src, Python: interpreter}, allMachines(cfg))
		for _, file := range files {
			i.Files[file], _ = os.ReadFile(file) // a file that was deleted since is missing
		}
		return i, err
	}
	load := cfg.Load
	cfg.Load = func(module, from string) (string, []byte, error) {
		path, src, err := load(module, from)
		if err == nil {
			i.Files[path] = src
		} else if rest, ok := strings.CutPrefix(module, "//"); ok {
			i.Files[filepath.Join(root, filepath.FromSlash(rest))] = nil
		} else if !filepath.IsAbs(module) {
			i.Files[filepath.Join(filepath.Dir(from), filepath.FromSlash(module))] = nil
		}
		return path, src, err
	}
	cfg.Parse = p.parse
	i.Findings = check.File(ctx, cfg, name, src)
	f, err := p.parse(name, src)
	i.KeepMachines = err == nil && script.KeepsMachines(f)
	return i, nil
}
