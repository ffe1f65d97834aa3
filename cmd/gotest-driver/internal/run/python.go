package run

import (
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// isPython reports whether a script is written in Python; c may be nil.
func isPython(name string, src []byte, c *driver.Config, starlark parser) bool {
	configured := ""
	if c != nil {
		configured = c.ScriptLanguage
	}
	return syntax.IsScript(name, src, configured, starlark)
}

// allMachines returns the configuration for a script in Python: the machines are all known, because it can't declare
// any.
func allMachines(cfg check.Config) check.Config {
	if cfg.Machines == nil {
		cfg.Machines = map[string]string{}
	}
	return cfg
}

// machineClass returns Python's class of a machine, empty for other values.
func machineClass(d *driver.Driver, v starlark.Value) string {
	o := script.AsObject(v)
	if o == nil || o.Class().Name != "Machine" {
		return ""
	}
	m, ok := o.Payload().(*machine.Machine)
	if !ok {
		return ""
	}
	return api.Load().MachineClass(d.BackendOf(m))
}
