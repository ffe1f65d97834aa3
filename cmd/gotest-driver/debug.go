package main

import (
	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/debugger"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/repl"
	"github.com/gotest-driver/gotest-driver/runner"
	"github.com/gotest-driver/gotest-driver/script/bind"
)

// runDebug runs a script with a debugger at the terminal.
func (f *runFlags) runDebug(cmd *cobra.Command, file string, c *driver.Config) (err error) {
	o, level, err := f.options(cmd, file, c)
	if err != nil {
		return err
	}
	console, closeInput, err := f.console(cmd, level)
	if err != nil {
		return err
	}
	defer closeInput()
	if o.Log, err = f.logTo(f.terminalOf(cmd, level, console)); err != nil {
		return err
	}
	o.Log.Add(console.Pictures())
	front := &repl.Debug{Console: console, Context: cmd.Context()}
	front.Debugger = debugger.New(front)
	o.Debugger = front.Debugger
	o.Hooks = bind.Hooks{SerialOutput: o.Log.SetSerial, Shell: console.Shell, Console: console.Serial}
	err = console.Running(func() error { return runner.Run(cmd.Context(), o) })
	return f.verdict(err, o.Log.Close())
}
