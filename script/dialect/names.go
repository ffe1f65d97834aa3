package dialect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// pythonModules are the modules that scripts in Python have without import.
var pythonModules = []string{"debug", "log", "os", "t"}

// pythonWords are words that Python reserves and Starlark does not.
var pythonWords = []string{"assert", "async", "await"}

// Meaning says what a name means in every script, as in "a module"; it is empty when a machine can have it.
func Meaning(name string, python bool) string {
	a := api.Load()
	named := func(f *api.Function) bool { return f.Name == name }
	vlan, isVLAN := strings.CutPrefix(name, "vlan")
	switch {
	case IsReserved(name), slices.Contains([]string{"None", "True", "False"}, name), python && slices.Contains(pythonWords, name):
		return "a word of the language"
	case (a.Module(name) != nil || a.Starlark.Module(name) != nil) && (!python || slices.Contains(pythonModules, name)):
		return "a module"
	case a.Function(name) != nil, slices.ContainsFunc(a.Starlark.Functions, named),
		slices.ContainsFunc(a.Starlark.Classes, func(c *api.Class) bool { return c.Name == name }):
		return "a function of the language"
	case a.Variable(name) != nil, isVLAN && vlan != "" && strings.Trim(vlan, "0123456789") == "":
		return "a variable of the driver"
	}
	return ""
}

// HiddenMachine tells how a script reaches the machine whose variable would have the given name, when that means
// something else; it is empty for other names.
func HiddenMachine(machine, name string, python bool) string {
	what := Meaning(name, python)
	if what == "" {
		return ""
	}
	return fmt.Sprintf("machine %s has no variable of its name, because %s is %s: write [m for m in machines if m.name == %q][0]", machine, name, what, machine)
}
