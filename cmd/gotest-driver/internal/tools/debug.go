package tools

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// runDebug runs a script with a debugger at the terminal.
func runDebug(cmd *cobra.Command, f *command.RunFlags, file string, c *driver.Config) (err error) {
	if isPython(file, c) {
		return runPython(cmd, f, file, c, bridge.Debug)
	}
	o, console, closeInput, err := atTerminal(cmd, f, file, c)
	if err != nil {
		return err
	}
	defer closeInput()
	front := &repl.Debug{Console: console, Context: cmd.Context()}
	front.Debugger = debugger.New(front)
	o.Debugger = front.Debugger
	err = console.Running(func() error { return run.Run(cmd.Context(), o) })
	return command.OfRun(err, o.Log.Close())
}

// isPython reports whether a script is in Python, which has its own prompts.
func isPython(file string, c *driver.Config) bool {
	src, err := os.ReadFile(file)
	return err == nil && syntax.IsScript(file, src, c.ScriptLanguage, dialect.Parse)
}

// runPython runs a script in Python that uses the terminal.
func runPython(cmd *cobra.Command, f *command.RunFlags, file string, c *driver.Config, mode bridge.Mode) error {
	f.Plain = true // the live view would paint over prompts
	o, level, err := f.Options(cmd, file, c)
	if err != nil {
		return err
	}
	o.Mode = mode
	if f.History != "" && os.MkdirAll(filepath.Dir(f.History), 0o700) == nil { // otherwise no history is kept
		o.History = f.History + "-python"
	}
	if o.Log, err = f.LogTo(f.Terminal(cmd, level)); err != nil {
		return err
	}
	err = run.Run(cmd.Context(), o)
	return command.OfRun(err, o.Log.Close())
}
