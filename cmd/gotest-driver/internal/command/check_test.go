package command

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestCheckCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}
