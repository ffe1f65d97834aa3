// Command gotest-driver-tools is gotest-driver with all commands. gotest-driver continues as this program when a prompt, a
// debugger or a server of editors is asked for, whose libraries would slow down each start of a test.
package main

import (
	"os"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/tools"
)

func main() { os.Exit(command.Execute(os.Args, tools.All())) }
