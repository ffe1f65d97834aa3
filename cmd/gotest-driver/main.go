// Command gotest-driver runs tests of whole systems in virtual machines and containers.
package main

import (
	"os"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
)

func main() { os.Exit(command.Execute(os.Args, nil)) }
