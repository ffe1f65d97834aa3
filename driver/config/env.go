package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// startScriptName finds the machine's name in the name of nixpkgs' start scripts.
var startScriptName = lazyre.Compile(`run-(.+)-(vm|nspawn)$`)

// MachineName returns the machine's name in the last path element of a start command, empty when it has none.
func MachineName(startCommand string) string {
	words := strings.Fields(startCommand)
	if len(words) == 0 {
		return ""
	}
	if m := startScriptName().FindStringSubmatch(filepath.Base(words[0])); m != nil {
		return m[1]
	}
	return ""
}

// FromEnv makes a configuration from the environment variables that older callers set: startScripts (or vmNames,
// vmStartScripts, containerNames, containerStartScripts) and vlans, separated by blanks, testScript, globalTimeout
// (seconds). getenv is os.Getenv.
func FromEnv(getenv func(string) string) (*Config, error) {
	c := New()
	c.TestScript = getenv("testScript")
	for _, s := range strings.Fields(getenv("startScripts")) {
		if err := c.AddStartScript(s); err != nil {
			return nil, err
		}
	}
	for _, kind := range []struct {
		names, scripts string
		to             map[string]Machine
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
		if !slices.Contains(c.VLANs, n) { // the callers name the networks of each machine
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

// addNamed adds the machines of two lists, of names and of start scripts.
func (c *Config) addNamed(namesKey, scriptsKey string, getenv func(string) string, to map[string]Machine) error {
	names, scripts := strings.Fields(getenv(namesKey)), strings.Fields(getenv(scriptsKey))
	if len(names) != 0 && len(names) != len(scripts) {
		return fmt.Errorf("%s has %d names, but %s has %d start scripts", namesKey, len(names), scriptsKey, len(scripts))
	}
	for i, script := range scripts {
		name := MachineName(script)
		if len(names) != 0 {
			name = names[i]
		}
		if name == "" {
			return fmt.Errorf("%s: the start script %s has no machine's name: give it in %s", scriptsKey, script, namesKey)
		}
		to[name] = Machine{Name: name, StartScript: script}
	}
	return nil
}

// AddStartScript adds a machine whose name is in the name of its start script (run-<name>-vm).
func (c *Config) AddStartScript(script string) error {
	name := MachineName(script)
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
	list[name] = Machine{Name: name, StartScript: script}
	return nil
}
