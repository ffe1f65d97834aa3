package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// runDebug runs a script with a debugger at the terminal.
func (f *runFlags) runDebug(cmd *cobra.Command, file string, c *driver.Config) (err error) {
	if f.isPython(file, c) {
		return f.runPython(cmd, file, c, bridge.Debug)
	}
	o, console, closeInput, err := f.atTerminal(cmd, file, c)
	if err != nil {
		return err
	}
	defer closeInput()
	front := &repl.Debug{Console: console, Context: cmd.Context()}
	front.Debugger = debugger.New(front)
	o.Debugger = front.Debugger
	err = console.Running(func() error { return run.Run(cmd.Context(), o) })
	return ofRun(err, o.Log.Close())
}

// isPython reports whether a script is in Python, which has its own prompts.
func (f *runFlags) isPython(file string, c *driver.Config) bool {
	src, err := os.ReadFile(file)
	return err == nil && python.IsScript(file, src, c.ScriptLanguage, dialect.Parse)
}

// runPython runs a script in Python that uses the terminal.
func (f *runFlags) runPython(cmd *cobra.Command, file string, c *driver.Config, mode bridge.Mode) error {
	f.plain = true // the live view would paint over prompts
	o, level, err := f.options(cmd, file, c)
	if err != nil {
		return err
	}
	o.Mode = mode
	if f.history != "" && os.MkdirAll(filepath.Dir(f.history), 0o700) == nil { // otherwise no history is kept
		o.History = f.history + "-python"
	}
	if o.Log, err = f.logTo(f.terminal(cmd, level)); err != nil {
		return err
	}
	err = run.Run(cmd.Context(), o)
	return ofRun(err, o.Log.Close())
}
