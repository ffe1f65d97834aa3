package check

import (
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Severity tells what a finding means for a run.
type Severity string

// An Error fails at run time, so nothing boots. A Warning is worth a look.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is something that check found.
type Finding struct {
	Code       Code
	Severity   Severity
	File       string
	Start, End dialect.Position
	Range      dialect.Range
	Message    string
	Hint       string // what to do about it; may be empty
	Line       string // the source line of Start
	Fixes      []Fix
}

// Fix is a change of the file that removes the cause of a finding.
type Fix struct {
	Title string
	Edits []Edit
	Safe  bool // --fix applies it: there is no doubt about what was meant
}

// Edit replaces a range of the file, in bytes, by other text.
type Edit struct {
	Range   dialect.Range
	NewText string
}
