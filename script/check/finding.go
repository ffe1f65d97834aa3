package check

import (
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Severity says what a finding means for a run.
type Severity string

// An Error fails at run time, so nothing boots. A Warning does not prevent the run. A Note says what could not be checked:
// it is no mistake.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Finding is a problem in a file.
type Finding struct {
	Code       Code
	Severity   Severity
	File       string
	Start, End dialect.Position
	Range      dialect.Range
	Message    string
	Hint       string // how to correct it; may be empty
	Line       string // the source line of Start
	Fixes      []Fix
}

// Fix is a change of the file that removes the cause of a finding.
type Fix struct {
	Title string
	Edits []Edit
	Safe  bool // --fix applies it: the intention is clear
}

// Edit replaces a range of the file, in bytes, by other text.
type Edit struct {
	Range   dialect.Range
	NewText string
}
