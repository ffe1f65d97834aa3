package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/jsonfile"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// ProjectFile is the name of the file that describes the tests of its directory and those below.
const ProjectFile = "gotest.json"

// Project is what a gotest.json says that matters to the checker. Its keys are
//
//	config          the driver configuration, a path relative to the file
//	machines        the machines, each described as in a driver configuration's "vms"
//	containers      the same for containers
//	vlans           the numbers of the networks
//	global_timeout  the time limit of a run in seconds
//	disable         codes that check leaves out
type Project struct {
	File          string
	Config        string // path of the driver configuration; may be empty
	Machines      map[string]string
	VLANs         []int
	GlobalTimeout time.Duration
	Disabled      map[Code]bool
}

// FindProject reads the gotest.json of a directory, or of the nearest one above it in the same repository.
// The project is nil when there is none.
func FindProject(dir string) (*Project, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for {
		file := filepath.Join(dir, ProjectFile)
		b, err := os.ReadFile(file)
		if err == nil {
			return parseProject(file, b)
		}
		// What is below a file is missing; whoever reads the script says so.
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return nil, err
		}
		up := filepath.Dir(dir)
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil || up == dir {
			return nil, nil
		}
		dir = up
	}
}

// machineKeys are the keys that a gotest.json and a driver configuration have in common.
type machineKeys struct {
	Config        string
	VMs           map[string]json.RawMessage
	Machines      map[string]json.RawMessage
	Containers    map[string]json.RawMessage
	VLANs         []int
	GlobalTimeout *float64
	Disable       []Code
}

func readKeys(file string, b []byte) (k machineKeys, err error) {
	top, err := jsonfile.Object(file, b)
	if err != nil {
		return k, err
	}
	const machines = "an object of machines, each an object"
	var errs []error
	for _, x := range []struct {
		key  string
		to   any
		want string
	}{
		{"config", &k.Config, "a path (a string)"},
		{"vms", &k.VMs, machines},
		{"machines", &k.Machines, machines},
		{"containers", &k.Containers, machines},
		{"vlans", &k.VLANs, "a list of whole numbers"},
		{"global_timeout", &k.GlobalTimeout, "a number of seconds or null"},
		{"disable", &k.Disable, "a list of codes (strings)"},
	} {
		if raw := top[x.key]; raw != nil && json.Unmarshal(raw, x.to) != nil {
			errs = append(errs, jsonfile.Wrong(file, x.key, x.want))
		}
	}
	return k, errors.Join(errs...)
}

func parseProject(file string, b []byte) (*Project, error) {
	k, err := readKeys(file, b)
	if err != nil {
		return nil, err
	}
	p := &Project{File: file, Disabled: map[Code]bool{}}
	for _, c := range k.Disable {
		if _, ok := Explain(string(c)); !ok {
			return nil, fmt.Errorf("%s: disable: there is no code %q; see gotest-driver check --explain all", file, c)
		}
		p.Disabled[c] = true
	}
	if k.Config != "" {
		p.Config = k.Config
		if !filepath.IsAbs(p.Config) {
			p.Config = filepath.Join(filepath.Dir(file), p.Config)
		}
		c, err := ReadConfiguration(p.Config)
		if err != nil {
			return nil, fmt.Errorf("%s: config: %w", file, err)
		}
		p.Machines, p.VLANs, p.GlobalTimeout = c.Machines, c.VLANs, c.GlobalTimeout
	}
	k.addTo(&p.Machines, &p.VLANs, &p.GlobalTimeout)
	return p, nil
}

func (k *machineKeys) addTo(machines *map[string]string, vlans *[]int, timeout *time.Duration) {
	add := func(list map[string]json.RawMessage, kind string) {
		for name := range list {
			if *machines == nil {
				*machines = map[string]string{}
			}
			(*machines)[identifier(name)] = kind
		}
	}
	add(k.VMs, KindQEMU)
	add(k.Machines, KindMachine)
	add(k.Containers, KindNspawn)
	if k.VLANs != nil {
		*vlans = k.VLANs
	}
	if k.GlobalTimeout != nil {
		*timeout = time.Duration(*k.GlobalTimeout * float64(time.Second))
	}
}

// ReadConfiguration reads of a driver configuration what the checker wants to know.
func ReadConfiguration(file string) (*Config, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("driver configuration: %w", err)
	}
	k, err := readKeys(file, b)
	if err != nil {
		return nil, err
	}
	c := &Config{Machines: map[string]string{}, MachineSource: file}
	k.addTo(&c.Machines, &c.VLANs, &c.GlobalTimeout)
	return c, nil
}

var notIdentifier = lazyre.Compile(`[^A-Za-z0-9_]|^[0-9]`)

// identifier is the global name of a machine: characters that a name can't hold become _.
func identifier(machine string) string { return notIdentifier().ReplaceAllString(machine, "_") }

// NewConfig puts together what is known for a script: the flags' configuration file and machine names,
// else its gotest.json. Files are loaded from root and below; root empty means the project's directory,
// else the working directory when the script is below it, else the script's.
func NewConfig(script, configFile string, machines []string, root string) (Config, error) {
	var cfg Config
	dir := filepath.Dir(script)
	p, err := FindProject(dir)
	if err != nil {
		return cfg, err
	}
	switch {
	case configFile != "":
		c, err := ReadConfiguration(configFile)
		if err != nil {
			return cfg, err
		}
		cfg = *c
	case len(machines) > 0:
		cfg.Machines = map[string]string{}
		cfg.MachineSource = "--machines"
	case p != nil && p.Machines != nil:
		cfg = Config{Machines: p.Machines, VLANs: p.VLANs, GlobalTimeout: p.GlobalTimeout, MachineSource: p.File}
	}
	for _, m := range machines {
		cfg.Machines[identifier(m)] = KindMachine
	}
	if p != nil {
		cfg.Disabled = p.Disabled
		if cfg.GlobalTimeout == 0 {
			cfg.GlobalTimeout = p.GlobalTimeout
		}
	}
	if root == "" {
		root = defaultRoot(dir, p)
	}
	cfg.Load = Loader(root)
	return cfg, nil
}

// Root is the directory from which, and from below which, a script loads files: its project's, else the working
// directory when the script is below it, else the script's.
func Root(script string) (string, error) {
	dir := filepath.Dir(script)
	p, err := FindProject(dir)
	if err != nil {
		return "", err
	}
	return defaultRoot(dir, p), nil
}

func defaultRoot(dir string, p *Project) string {
	if p != nil {
		return filepath.Dir(p.File)
	}
	if wd, err := os.Getwd(); err == nil {
		if abs, err := filepath.Abs(dir); err == nil {
			if rel, err := filepath.Rel(wd, abs); err == nil && filepath.IsLocal(rel) {
				return wd
			}
		}
	}
	return dir
}

// Loader reads the files that load statements name, from root and below. Names that begin with // start there,
// others at the loading file.
func Loader(root string) func(module, from string) (string, []byte, error) {
	return func(module, from string) (string, []byte, error) {
		path := filepath.Join(filepath.Dir(from), filepath.FromSlash(module))
		if rest, ok := strings.CutPrefix(module, "//"); ok {
			path = filepath.Join(root, filepath.FromSlash(rest))
		} else if filepath.IsAbs(module) {
			return "", nil, fmt.Errorf("%s: the path must be relative to this file, or to the test's root (//helpers.star)", module)
		}
		absRoot, err := filepath.Abs(root)
		if err != nil {
			return "", nil, err
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", nil, err
		}
		if rel, err := filepath.Rel(absRoot, abs); err != nil || !filepath.IsLocal(rel) {
			return "", nil, fmt.Errorf("%s is outside of the test's directory %s", module, absRoot)
		}
		src, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil, fmt.Errorf("there is no file %s", path)
		}
		if err != nil {
			return "", nil, err
		}
		return path, src, nil
	}
}
