package check

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// KindMachine is the kind of a machine whose backend is not known. Package api has the kinds of each backend's machines
// (API.MachineClass).
const KindMachine = "Machine"

// Config has what the checker can't find in the file.
type Config struct {
	// Machines are the global names of the run's machines and their kinds. Nil means unknown: then the file must
	// declare those that it uses.
	Machines map[string]string
	// VLANs are the numbers of the networks; nil means unknown.
	VLANs []int
	// GlobalTimeout is the time limit of a run; 0 means unknown.
	GlobalTimeout time.Duration
	// ScriptLanguage is the configured language of scripts: "starlark", "python", "auto" or empty.
	ScriptLanguage string
	// Load reads the file that a load statement names, relative to the file from. It returns the file's own name.
	Load func(module, from string) (name string, src []byte, err error)
	// Parse, when set, returns the trees of the files, which may be broken; nil: dialect.Parse.
	Parse func(filename string, src []byte) (*dialect.File, error)
	// Template allows places for values of Nix, ${…}, in the file.
	Template bool
	// Disabled are codes that are not reported. Lints can be disabled, errors too.
	Disabled map[Code]bool
	// Guests are the names of the built-in guests; nil means unknown.
	Guests []string
	// MachineSource is where the machine names come from, for messages, such as the configuration's file name.
	MachineSource string
}

// ConfigOf returns the checker's configuration for a driver configuration, nil for none, and a script that loads files
// from root and below.
func ConfigOf(c *config.Config, root string) (Config, error) {
	cfg := Config{Load: Loader(root), Guests: guest.Names(), Disabled: map[Code]bool{}}
	if c == nil {
		return cfg, nil
	}
	cfg.GlobalTimeout, cfg.ScriptLanguage = c.GlobalTimeout, c.ScriptLanguage
	for _, code := range c.Disable {
		if _, ok := Explain(code); !ok {
			return cfg, fmt.Errorf("%s: disable: there is no code %q; see gotest-driver check --explain all", strings.Join(c.Files[max(0, len(c.Files)-1):], ""), code)
		}
		cfg.Disabled[Code(code)] = true
	}
	if len(c.VMs)+len(c.Containers) == 0 && c.File == "" {
		return cfg, nil
	}
	cfg.MachineSource, cfg.VLANs = cmp.Or(append([]string{c.File}, c.Files...)...), c.VLANs
	cfg.Machines = map[string]string{}
	for name, m := range c.All() {
		backend := "qemu"
		if m.IsContainer || m.Container != "" {
			backend = "nspawn"
		}
		cfg.Machines[config.Identifier(name)] = api.Load().MachineClass(backend)
	}
	return cfg, nil
}

// NewConfig collects what is known for a script: the named configuration file, else its gotest.json, and names of
// machines, which replace those of a gotest.json. Files are loaded from root and below; empty means Root. The Config is
// usable even with an error, which says what could not be read.
func NewConfig(script, file string, machines []string, root string) (Config, error) {
	var errs []error
	if root == "" {
		var err error
		root, err = Root(script)
		errs = append(errs, err)
	}
	c, err := config.ForScript(script, file)
	errs = append(errs, err)
	if err == nil && file == "" && len(c.Unknown) > 0 {
		errs = append(errs, errors.New(strings.Join(c.Unknown, "\n")))
	}
	cfg, err := ConfigOf(c, root)
	cfg.Template = true
	errs = append(errs, err)
	if len(machines) > 0 && (file == "" || cfg.Machines == nil) {
		cfg.Machines, cfg.VLANs, cfg.MachineSource = map[string]string{}, nil, "--machines"
	}
	for _, m := range machines {
		cfg.Machines[config.Identifier(m)] = KindMachine
	}
	return cfg, errors.Join(errs...)
}

// Root returns the directory that contains, at any depth, the files that a script can load: that of its gotest.json,
// else the working directory if the script is below it, else the script's.
func Root(script string) (string, error) {
	dir := filepath.Dir(script)
	project, err := config.FindProject(dir)
	if project != "" {
		return filepath.Dir(project), nil
	}
	if wd, err := os.Getwd(); err == nil {
		if abs, err := filepath.Abs(dir); err == nil {
			if rel, err := filepath.Rel(wd, abs); err == nil && filepath.IsLocal(rel) {
				return wd, nil
			}
		}
	}
	return dir, err
}

// Loader returns a function that reads the files that load statements name, from root and below.
func Loader(root string) func(module, from string) (string, []byte, error) {
	files := dialect.Files{Root: root}
	return func(module, from string) (string, []byte, error) {
		rel, name, err := files.Resolve(filepath.Dir(from), module)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", module, err)
		}
		src, err := files.Read(rel)
		return name, src, err
	}
}
