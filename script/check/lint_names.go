package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lints of names.
const (
	UndefinedName   Code = "undefined-name"
	UsedBeforeSet   Code = "used-before-set"
	MaybeUnset      Code = "maybe-unset"
	UnknownMachine  Code = "unknown-machine"
	UnnamedMachine  Code = "unnamed-machine"
	NixValue        Code = "nix-value"
	LoadFailed      Code = "load-failed"
	UnusedVariable  Code = "unused-variable"
	UnusedParameter Code = "unused-parameter"
	UnusedLoad      Code = "unused-load"
	Redefined       Code = "redefined-function"
)

func nameLints() []Lint {
	return []Lint{
		{Code: UndefinedName, Severity: Error,
			Title: "A name is used that nothing defines.",
			Text:  "Neither the file nor the driver defines the name. Modules of Python are not there, but `json`, `math`, `time`, `re`, `shlex`, `base64`, `os` and `random` are, without an import.",
			Wrong: `server: Machine
server.succeed(comand)
`,
			Right: `server: Machine
command = "true"
server.succeed(command)
`},
		{Code: UsedBeforeSet, Severity: Error, find: neverStarted,
			Title: "A name is used before it gets its value.",
			Text:  "A name that a function assigns anywhere is local to all of the function; at top level a name has no value before its first assignment.",
			Wrong: `print(greeting)
greeting = "hello"
`,
			Right: `greeting = "hello"
print(greeting)
`},
		{Code: MaybeUnset, Severity: Warning,
			Title: "A name is used that only one branch of a condition sets.",
			Text:  "A use below another condition is left alone: both may hold together.",
			Wrong: `server: Machine
if server.is_up():
    release = server.succeed("uname -r")
print(release)
`,
			Right: `server: Machine
release = ""
if server.is_up():
    release = server.succeed("uname -r")
print(release)
`},
		{Code: UnknownMachine, Severity: Error,
			Title: "A machine is used that the run does not have.",
			Text:  "There are three ways to say which machines a run has: a declaration in the script (`server: Machine`), the driver configuration or a list of names given to the command (`--config driver.json`, `--machines server,client`), and a `gotest.json` next to the script, which may name the configuration or describe the machines. Machines that the script makes with `create_machine` need none of these.",
			Wrong: `client: Machine
server.wait_for_unit("sshd.service")
client.succeed("true")
`,
			Right: `client: Machine
server: Machine
server.wait_for_unit("sshd.service")
client.succeed("true")
`},
		{Code: UnnamedMachine, Severity: Note,
			Title: "A name is taken for a machine, because nobody says which machines the run has.",
			Text:  "Its calls are checked, but not its name. A declaration in the script, `--config` or `--machines`, or a `gotest.json` name the machines; see unknown-machine.",
			Wrong: `server.wait_for_unit("sshd.service")
`,
			Right: `server: Machine
server.wait_for_unit("sshd.service")
`},
		{Code: NixValue, Severity: Note,
			Title: "Nix puts a value here, or may define this name.",
			Text:  "The script is a template: what stands in `${…}` is not known, nor what it defines. `scriptCheck` of the test's driver checks the script that Nix has built.",
			Wrong: `server: Machine
server.wait_for_open_port(${toString port})
`,
			Right: `server: Machine
server.wait_for_open_port(80)
`},
		{Code: LoadFailed, Severity: Error,
			Title: "A load statement names a file or a name that can't be loaded.",
			Text:  "Files are found relative to the loading file, below the test's directory. Names that begin with `_` stay in their file.",
			Wrong: `load("helpers.star", "_secret")
print(_secret)
`,
			Right: `load("helpers.star", "secret")
print(secret)
`},
		{Code: UnusedVariable, Severity: Warning, Superfluous: true, find: unusedVariables,
			Title: "A variable is set and never used.",
			Text:  "Names that begin with `_` are left alone, and `keep_machines` and `per_test`.",
			Wrong: `server: Machine
output = server.succeed("true")
server.shutdown()
`,
			Right: `server: Machine
server.succeed("true")
server.shutdown()
`},
		{Code: UnusedParameter, Severity: Warning, Superfluous: true, find: unusedParameters,
			Title: "A parameter is never used.",
			Text:  "Parameters of functions that are handed to others (`retry(fn)`) are left alone.",
			Wrong: `def greet(name, again):
    print(name)

greet("you", True)
`,
			Right: `def greet(name):
    print(name)

greet("you")
`},
		{Code: UnusedLoad, Severity: Warning, Superfluous: true, find: unusedLoads,
			Title: "A name is loaded and never used.",
			Wrong: `load("helpers.star", "login", "secret")
login()
`,
			Right: `load("helpers.star", "login")
login()
`},
		{Code: Redefined, Severity: Warning, find: redefinedFunctions,
			Title: "A function is defined twice.",
			Wrong: `def test_login():
    pass

def test_login():
    pass
`,
			Right: `def test_login():
    pass

def test_logout():
    pass
`},
	}
}

// neverStarted reports names that only x += 1 and the like set, which need a value before.
func neverStarted(c *checker) {
	for _, sym := range c.symbols() {
		if sym.kind == symVariable && !sym.started && sym.decl == nil && !c.broken() && c.machines[sym.name] == nil {
			c.report(UsedBeforeSet, sym.defs[0], fmt.Sprintf("`%s` is changed, but never set before", sym.name), "set it first")
		}
	}
}

// redefinedFunctions warns of a function that a second one of the same name replaces.
func redefinedFunctions(c *checker) {
	for _, id := range c.redefined {
		c.report(Redefined, id.Range, fmt.Sprintf("`%s` is defined twice: the first function is lost", id.Name), "")
	}
}

// unread returns the names of the file that nothing reads, except those whose _ says that this is intended. A broken
// file has none: the use may be in the part that could not be parsed.
func (c *checker) unread() []*symbol {
	return slices.DeleteFunc(c.symbols(), func(sym *symbol) bool {
		return len(sym.refs) > 0 || strings.HasPrefix(sym.name, "_") || c.broken()
	})
}

const meantUnused = "a name that begins with _ says that this is meant"

func unusedVariables(c *checker) {
	for _, sym := range c.unread() {
		global := sym.owner == nil
		if sym.kind != symVariable || global && (sym.decl != nil || sym.name == dialect.KeepMachines || sym.name == dialect.PerTest || !c.isScript()) {
			continue
		}
		c.report(UnusedVariable, sym.defs[len(sym.defs)-1], fmt.Sprintf("`%s` is set, but never used", sym.name), meantUnused)
	}
}

func unusedLoads(c *checker) {
	for _, sym := range c.unread() {
		if sym.kind == symLoaded && sym.owner == nil {
			c.report(UnusedLoad, sym.defs[0], fmt.Sprintf("`%s` is loaded, but never used", sym.name), "")
		}
	}
}

func unusedParameters(c *checker) {
	for _, sym := range c.unread() {
		if fn := sym.owner; sym.kind == symParameter && fn.called && !fn.escapes && !c.calledBack(fn) {
			c.report(UnusedParameter, sym.defs[0], fmt.Sprintf("the parameter `%s` of `%s` is never used", sym.name, fn.name), meantUnused)
		}
	}
}

// calledBack reports whether the function is passed to another one, which determines its parameters.
func (c *checker) calledBack(fn *function) bool {
	if fn.def == nil {
		return true
	}
	sym := c.uses[fn.def.Name]
	if sym == nil {
		return true
	}
	for _, r := range sym.refs {
		if rest := c.file.Source[r.End:]; len(rest) == 0 || rest[0] != '(' {
			return true
		}
	}
	return false
}

// isScript reports whether the file has statements at top level, unlike a file of helpers.
func (c *checker) isScript() bool {
	for _, s := range c.file.Stmts {
		switch s := s.(type) {
		case *dialect.ForStmt, *dialect.IfStmt:
			return true
		case *dialect.ExprStmt:
			if _, ok := s.X.(*dialect.CallExpr); ok {
				return true
			}
		}
	}
	return false
}
