// Package tools is what the program gotest-driver-tools has beyond gotest-driver: the prompt, the debuggers, the
// servers of editors, the formatter, and the translator of Python.
package tools

import "github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"

// All returns them.
func All() *command.Tools {
	return &command.Tools{
		Commands: []command.Subcommand{
			{Name: "repl", Make: replCommand},
			{Name: "dap", Make: dapCommand},
			{Name: "attach", Make: attachCommand},
			{Name: "lsp", Make: lspCommand},
			{Name: "fmt", Make: fmtCommand},
			{Name: "migrate", Make: migrateCommand},
		},
		Interactive: interactive, Debug: runDebug, Attached: runHooked,
	}
}
