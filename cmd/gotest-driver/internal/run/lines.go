package run

import (
	"os"

	"github.com/gotest-driver/gotest-driver/script"
)

// StatementLines returns the lines of a script, or of a file that scripts load, at which a debugger can stop,
// ascending.
func StatementLines(file string) ([]int, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return script.StatementLines(file, src)
}
