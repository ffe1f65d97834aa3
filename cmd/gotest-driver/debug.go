package main

import (
	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/debugger"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/repl"
	"github.com/gotest-driver/gotest-driver/runner"
)

// runDebug runs a script with a debugger at the terminal.
func (f *runFlags) runDebug(cmd *cobra.Command, file string, c *driver.Config) (err error) {
	o, console, closeInput, err := f.atTerminal(cmd, file, c)
	if err != nil {
		return err
	}
	defer closeInput()
	front := &repl.Debug{Console: console, Context: cmd.Context()}
	front.Debugger = debugger.New(front)
	o.Debugger = front.Debugger
	err = console.Running(func() error { return runner.Run(cmd.Context(), o) })
	return f.verdict(err, o.Log.Close())
}
