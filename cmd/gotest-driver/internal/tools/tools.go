// Package tools is what the program gotest-driver-tools has beyond gotest-driver: the prompt, the debuggers, the
// servers of editors, the formatter, and the translator of Python.
package tools

import (
	"context"
	"io"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/web"
)

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
		Interactive: interactive, Debug: runDebug, Attached: runHooked, OpenPage: openPage,
	}
}

func openPage(ctx context.Context, at string, out io.Writer) (command.Page, error) {
	s, err := web.Open(ctx, web.Options{At: at, Version: command.Version(), Out: out})
	if err != nil {
		return nil, err
	}
	return s, nil
}
