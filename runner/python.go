package runner

import (
	"errors"
	"os"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/check"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/nspawn"
	"github.com/gotest-driver/gotest-driver/python"
	"github.com/gotest-driver/gotest-driver/python/pyrt"
	"github.com/gotest-driver/gotest-driver/script"
)

// isPython tells whether a script is written in Python; c may be nil.
func isPython(name string, src []byte, c *driver.Config) bool {
	configured := ""
	if c != nil {
		configured = c.ScriptLanguage
	}
	return python.IsScript(name, src, configured)
}

// lowerPython lowers a script in Python; places without a counterpart are one error that tells all of them.
func lowerPython(name string, src []byte) (*python.Program, error) {
	p, err := python.Lower(name, string(src))
	if err != nil {
		return nil, err
	}
	if len(p.Findings) == 0 {
		return p, nil
	}
	lines := []string{"the script uses what Starlark lacks, nothing was started"}
	for _, f := range p.Findings {
		lines = append(lines, f.String())
	}
	return nil, errors.New(strings.Join(lines, "\n"))
}

// machineClass is the Python driver's class of a machine, empty for other values.
func machineClass(v starlark.Value) string {
	o := script.AsObject(v)
	if o == nil {
		return ""
	}
	m, ok := o.Payload().(*machine.Machine)
	if !ok {
		return ""
	}
	if m.Kind() == nspawn.Kind {
		return check.KindNspawn
	}
	return check.KindQEMU
}

// pythonRuntime makes the module py of the run's scripts.
func (r *run) pythonRuntime(testing starlark.Value) *pyrt.Runtime {
	return pyrt.New(pyrt.Options{
		Stdout: os.Stdout, Stderr: os.Stderr, Seed: r.o.Seed, Testing: testing, Library: python.Library(),
		Context: script.Context, Block: script.Block, Child: script.Coroutine,
		Follow: script.Follow, Spawn: script.Spawn,
		Machine: machineClass,
		Classify: func(err error) (string, string, bool) {
			var assertion *script.AssertionError
			var failure script.TestFailure
			var classified script.Classified
			var timeout *machine.TimeoutError
			var argument *script.ArgumentError
			switch {
			case errors.As(err, &assertion):
				return "AssertionError", assertion.Msg, true
			case errors.As(err, &timeout):
				return "RequestedAssertionFailed", timeout.Error(), true
			case errors.As(err, &argument):
				return "TypeError", argument.Error(), true
			case errors.As(err, &failure) && failure.TestFailure():
				return "RequestedAssertionFailed", failure.Error(), true
			case errors.As(err, &classified) && classified.ErrorClass() == script.ClassMachine:
				return "MachineError", classified.Error(), true
			}
			return "", "", false
		},
		Fatal: func(err error) bool {
			var c script.Classified
			if !errors.As(err, &c) {
				return false
			}
			class := c.ErrorClass()
			return class == script.ClassTimeout || class == script.ClassInterrupted
		},
	})
}

// pythonModule is the module py of the scripts. Its runtime is made when a script first asks for something in it: few
// scripts in Starlark do, and each run would start later by it.
type pythonModule struct {
	make    func() *pyrt.Runtime
	rt      *pyrt.Runtime    // nil before
	current *starlark.Thread // whose turn it is
}

func (m *pythonModule) String() string        { return `<module "py">` }
func (m *pythonModule) Type() string          { return "module" }
func (m *pythonModule) Freeze()               {}
func (m *pythonModule) Truth() starlark.Bool  { return true }
func (m *pythonModule) Hash() (uint32, error) { return 0, errors.New("unhashable: module") }

// Attr gives a member.
func (m *pythonModule) Attr(name string) (starlark.Value, error) {
	return m.runtime().Module().Attr(name)
}

// AttrNames lists the members.
func (m *pythonModule) AttrNames() []string { return m.runtime().Module().AttrNames() }

// runtime is only called by the thread that executes bytecode.
func (m *pythonModule) runtime() *pyrt.Runtime {
	if m.rt == nil {
		m.rt = m.make()
		if m.current != nil {
			m.rt.Turn(m.current)
		}
	}
	return m.rt
}

func (m *pythonModule) turn(thread *starlark.Thread) {
	m.current = thread
	if m.rt != nil {
		m.rt.Turn(thread)
	}
}

func (m *pythonModule) end(thread *starlark.Thread) {
	if m.rt != nil {
		m.rt.End(thread)
	}
}

// resolve gives the error that a script really ended with; exit(0) is no error.
func (m *pythonModule) resolve(thread *starlark.Thread, err error) error {
	if m.rt == nil {
		return err
	}
	err = m.rt.Resolve(thread, err)
	if code, ok := pyrt.ExitCode(err); ok && code == 0 {
		return nil
	}
	return err
}

func (m *pythonModule) close() error {
	if m.rt == nil {
		return nil
	}
	return m.rt.Close()
}
