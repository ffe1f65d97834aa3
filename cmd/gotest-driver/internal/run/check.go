package run

import (
	"context"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/check"
)

// Check selects what is checked before anything starts.
type Check int

// The choices.
const (
	CheckErrors Check = iota // what would fail at run time
	CheckNone
)

// CheckError says that the script would fail.
type CheckError struct{ Findings []check.Finding }

// Error returns all findings, each with its line.
func (e *CheckError) Error() string {
	var b strings.Builder
	b.WriteString("the script has errors, nothing was started")
	if !slices.ContainsFunc(e.Findings, func(f check.Finding) bool { return f.Code == check.SyntaxError }) {
		b.WriteString(" (--no-check runs it all the same)")
	}
	b.WriteString("\n")
	if err := check.Text(&b, e.Findings, false); err != nil {
		return err.Error()
	}
	return strings.TrimRight(b.String(), "\n")
}

// check reports what would fail when the script runs.
func (r *run) check(ctx context.Context) error {
	if r.o.Check == CheckNone {
		return nil
	}
	cfg, err := check.ConfigOf(r.o.Config, r.root)
	if err != nil {
		return err
	}
	var found []check.Finding
	if r.py != nil {
		if found, _, err = r.py.Check(ctx, allMachines(cfg)); err != nil {
			return err
		}
	} else {
		cfg.Parse = r.program.parse
		found = check.File(ctx, cfg, r.o.Script, r.src)
	}
	found = slices.DeleteFunc(found, func(f check.Finding) bool { return f.Severity != check.Error })
	if len(found) > 0 {
		return &CheckError{found}
	}
	return nil
}
