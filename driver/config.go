package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/jsonfile"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/near"
)

// Config is a driver configuration: the machines and networks of a test. nixpkgs' test framework writes it
// as a JSON file.
type Config struct {
	Name              string // the test's name
	File              string // where it was read; empty when it was not read from a file
	VMs               map[string]MachineConfig
	Containers        map[string]MachineConfig
	VLANs             []int
	GlobalTimeout     time.Duration // 0 means none
	EnableSSHBackdoor bool
	TestScript        string // a file's path
	ScriptLanguage    string // "starlark", "python", "auto" or empty
	// Unknown tells of keys that are not known, a line each. Newer versions of nixpkgs may write such keys: who reads
	// its files ignores them.
	Unknown []string
	Raw     map[string]any // the file as it is, for scripts
}

// MachineConfig describes a machine of a configuration, or what create_machine was given, in one way: by StartScript,
// by Guest, by Image and/or Kernel, or by Container. Paths of a configuration are relative to its file, others to
// Options.Root.
type MachineConfig struct {
	Name        string   // empty: after the start script or the guest
	StartScript string   // a command that runs QEMU or a container, as nixpkgs makes it
	Guest       string   // the name of a guest that comes with the driver: "tiny", "debian", "desktop"
	Image       string   // a disk image, which is never written to
	Kernel      string   // what QEMU boots in place of a boot loader
	Initrd      string   // the initial RAM file system of Kernel
	Cmdline     string   // the command line of Kernel, or further words for that of Guest
	Memory      int      // MiB; 0: what suits the guest
	Cores       int      // 0: what suits the guest
	VLANs       []int    // the networks that the machine has a card on
	Container   string   // root directory of a container, or the name of one that comes with the driver
	IsContainer bool     // a start script starts a container, whatever it is called
	QEMUOptions []string // further options for QEMU
	EFI         bool     // boot with UEFI firmware
	SSHBackdoor bool     // an SSH server that is reached without a network
	KeepState   bool     // keep the state directory for the next run
}

// LoadConfig reads a configuration file. An error names file, key and what was expected.
func LoadConfig(file string) (*Config, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("driver configuration: %w", err)
	}
	return ParseConfig(file, b)
}

// ParseConfig reads a configuration.
func ParseConfig(file string, b []byte) (*Config, error) {
	c := &Config{File: file, VMs: map[string]MachineConfig{}, Containers: map[string]MachineConfig{}}
	d := &configReader{file: file, dir: filepath.Dir(file), config: c}
	top, err := jsonfile.Object(file, b)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &c.Raw); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, key := range slices.Sorted(maps.Keys(top)) {
		raw := top[key]
		switch key {
		case "vms", "machines":
			d.machines(key, raw, c.VMs)
		case "containers":
			d.machines(key, raw, c.Containers)
		case "vlans":
			d.value(key, raw, &c.VLANs, "a list of whole numbers")
		case "global_timeout":
			var s *float64
			d.value(key, raw, &s, "a number of seconds or null")
			if s != nil {
				var ok bool
				if c.GlobalTimeout, ok = seconds(*s); !ok {
					d.fail(key, "a number of seconds that is not negative")
				}
			}
		case "enable_ssh_backdoor":
			d.value(key, raw, &c.EnableSSHBackdoor, "true or false")
		case "test_script":
			d.path(key, raw, &c.TestScript)
		case "script_language":
			d.value(key, raw, &c.ScriptLanguage, "a string")
			if !slices.Contains([]string{"", "auto", "starlark", "python"}, c.ScriptLanguage) {
				d.fail(key, `"starlark", "python" or "auto"`)
			}
		case "name":
			d.value(key, raw, &c.Name, "a string")
		case "config", "disable":
			// of gotest.json, which may name another configuration and tells check what to leave out
		case "display_viewers":
			// nixpkgs' own; this driver shows no displays of containers.
		default:
			d.unknown(key, key, configKeys)
		}
	}
	for name := range c.VMs {
		if _, both := c.Containers[name]; both {
			d.errs = append(d.errs, fmt.Errorf("%s: %q is both a VM and a container", file, name))
		}
	}
	return c, errors.Join(d.errs...)
}

// The keys that a misspelt one may mean.
var (
	configKeys = []string{"vms", "machines", "containers", "vlans", "global_timeout", "enable_ssh_backdoor", "test_script",
		"script_language", "name", "config", "disable"}
	machineKeys = []string{"name", "start_script", "start_command", "guest", "image", "kernel", "initrd", "cmdline", "memory",
		"cores", "vlans", "container", "qemu_options", "efi", "ssh_backdoor"}
)

func (d *configReader) unknown(path, key string, known []string) {
	d.config.Unknown = append(d.config.Unknown, fmt.Sprintf("%s: unknown key %q%s", d.file, path, near.DidYouMean(key, known)))
}

type configReader struct {
	file, dir string
	config    *Config
	errs      []error
}

func (d *configReader) fail(key, want string) {
	d.errs = append(d.errs, jsonfile.Wrong(d.file, key, want))
}

func (d *configReader) value(key string, raw json.RawMessage, to any, want string) {
	if json.Unmarshal(raw, to) != nil {
		d.fail(key, want)
	}
}

func (d *configReader) path(key string, raw json.RawMessage, to *string) {
	d.value(key, raw, to, "a path (a string)")
	if *to != "" && !filepath.IsAbs(*to) {
		*to = filepath.Join(d.dir, *to)
	}
}

func (d *configReader) machines(key string, raw json.RawMessage, to map[string]MachineConfig) {
	var list map[string]map[string]json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		d.fail(key, "an object of machines, each an object")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(list)) {
		m := MachineConfig{Name: name}
		for _, k := range slices.Sorted(maps.Keys(list[name])) {
			d.machineKey(key+"."+name+"."+k, k, list[name][k], &m)
		}
		if m.Name == "" {
			d.fail(key+"."+name+".name", "a name")
		}
		if m.StartScript == "" && m.Guest == "" && m.Image == "" && m.Kernel == "" && m.Container == "" {
			d.errs = append(d.errs, fmt.Errorf("%s: %s.%s: \"start_script\" is missing (or \"guest\", \"image\", \"kernel\", \"container\")", d.file, key, name))
		}
		to[name] = m
	}
}

func (d *configReader) machineKey(path, key string, raw json.RawMessage, m *MachineConfig) {
	switch key {
	case "name":
		d.value(path, raw, &m.Name, "a string")
	case "start_script", "start_command":
		d.value(path, raw, &m.StartScript, "a string")
	case "guest":
		d.value(path, raw, &m.Guest, "the name of a built-in guest")
	case "image":
		d.path(path, raw, &m.Image)
	case "kernel":
		d.path(path, raw, &m.Kernel)
	case "initrd":
		d.path(path, raw, &m.Initrd)
	case "cmdline":
		d.value(path, raw, &m.Cmdline, "a string")
	case "memory":
		d.value(path, raw, &m.Memory, "a whole number (MiB)")
	case "cores":
		d.value(path, raw, &m.Cores, "a whole number")
	case "vlans":
		d.value(path, raw, &m.VLANs, "a list of whole numbers")
	case "container":
		d.value(path, raw, &m.Container, "a path or the name of a built-in container")
	case "qemu_options":
		d.value(path, raw, &m.QEMUOptions, "a list of strings")
	case "efi":
		d.value(path, raw, &m.EFI, "true or false")
	case "ssh_backdoor":
		d.value(path, raw, &m.SSHBackdoor, "true or false")
	case "display_targets", "display_exporters":
		// nixpkgs' own; this driver shows no displays of containers.
	default:
		d.unknown(path, key, machineKeys)
	}
}

// startScriptName finds the machine's name in the name of nixpkgs' start scripts.
var startScriptName = lazyre.Compile(`run-(.+)-(vm|nspawn)$`)

// machineName is the machine's name that a start command's last path element tells, empty when it tells none.
func machineName(startCommand string) string {
	words := strings.Fields(startCommand)
	if len(words) == 0 {
		return ""
	}
	if m := startScriptName().FindStringSubmatch(filepath.Base(words[0])); m != nil {
		return m[1]
	}
	return ""
}

// ConfigFromEnv returns the configuration of the environment variables that older callers set: startScripts
// (or vmNames, vmStartScripts, containerNames, containerStartScripts) and vlans, blank separated, testScript,
// globalTimeout (seconds). getenv is os.Getenv.
func ConfigFromEnv(getenv func(string) string) (*Config, error) {
	c := &Config{VMs: map[string]MachineConfig{}, Containers: map[string]MachineConfig{}, TestScript: getenv("testScript")}
	for _, s := range strings.Fields(getenv("startScripts")) {
		if err := c.addStartScript(s); err != nil {
			return nil, err
		}
	}
	for _, kind := range []struct {
		names, scripts string
		to             map[string]MachineConfig
	}{{"vmNames", "vmStartScripts", c.VMs}, {"containerNames", "containerStartScripts", c.Containers}} {
		if err := c.addNamed(kind.names, kind.scripts, getenv, kind.to); err != nil {
			return nil, err
		}
	}
	for _, v := range strings.Fields(getenv("vlans")) {
		n, err := strconv.Atoi(v)
		if err != nil {
			return nil, fmt.Errorf("environment variable vlans: %q is not a whole number", v)
		}
		if !slices.Contains(c.VLANs, n) { // the callers name each machine's
			c.VLANs = append(c.VLANs, n)
		}
	}
	if t := getenv("globalTimeout"); t != "" {
		s, err := strconv.ParseFloat(t, 64)
		ok := false
		if err == nil {
			c.GlobalTimeout, ok = seconds(s)
		}
		if !ok {
			return nil, fmt.Errorf("environment variable globalTimeout: %q is not a number of seconds", t)
		}
	}
	return c, nil
}

// seconds makes a duration of a number of seconds; ok reports whether it is one that is not negative.
func seconds(s float64) (d time.Duration, ok bool) {
	if !(s >= 0 && s < math.MaxInt64/1e9) { // this is true of NaN, too
		return 0, false
	}
	return time.Duration(s * float64(time.Second)), true
}

// addNamed adds the machines of two lists, names and start scripts.
func (c *Config) addNamed(namesKey, scriptsKey string, getenv func(string) string, to map[string]MachineConfig) error {
	names, scripts := strings.Fields(getenv(namesKey)), strings.Fields(getenv(scriptsKey))
	if len(names) != 0 && len(names) != len(scripts) {
		return fmt.Errorf("%s has %d names, but %s has %d start scripts", namesKey, len(names), scriptsKey, len(scripts))
	}
	for i, script := range scripts {
		name := machineName(script)
		if len(names) != 0 {
			name = names[i]
		}
		if name == "" {
			return fmt.Errorf("%s: the start script %s has no machine's name: give it in %s", scriptsKey, script, namesKey)
		}
		to[name] = MachineConfig{Name: name, StartScript: script}
	}
	return nil
}

// addStartScript adds a machine whose name is in the name of its start script (run-<name>-vm).
func (c *Config) addStartScript(script string) error {
	name := machineName(script)
	if name == "" {
		return fmt.Errorf("the start script %s has no machine's name: it must end in run-<name>-vm", script)
	}
	list := c.VMs
	if strings.HasSuffix(script, "-nspawn") {
		list = c.Containers
	}
	if _, twice := list[name]; twice {
		return fmt.Errorf("two start scripts for the machine %q", name)
	}
	list[name] = MachineConfig{Name: name, StartScript: script}
	return nil
}

// notIdentifier are the characters that a machine's name may have and a variable's may not.
var notIdentifier = lazyre.Compile(`[^A-Za-z0-9_]|^[0-9]`)

// Identifier returns the name of the script's variable for a machine.
func Identifier(machine string) string { return notIdentifier().ReplaceAllString(machine, "_") }
