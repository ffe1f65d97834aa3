package runner

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/check"
	"github.com/gotest-driver/gotest-driver/driver"
)

// Check says what is checked before anything starts.
type Check int

// The choices.
const (
	CheckErrors Check = iota // what would fail at run time
	CheckNone
)

// Finding is what CheckError shows of a finding.
type Finding = check.Finding

// CheckError says that the script would fail.
type CheckError struct{ Findings []Finding }

// Error tells all findings, each with its line.
func (e *CheckError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the script has errors, nothing was started (--no-check runs it all the same)")
	for _, f := range e.Findings {
		fmt.Fprintf(&b, "\n%s:%d:%d: %s [%s]\n    %s\n    %s^", f.File, f.Start.Line, f.Start.Column, f.Message, f.Code,
			f.Line, strings.Repeat(" ", max(0, f.Start.Column-1)))
		if f.Hint != "" {
			b.WriteString(" " + f.Hint)
		}
	}
	return b.String()
}

// CheckConfig is what the checker is told of the configuration and of the script's directory.
func CheckConfig(c *driver.Config, root string) check.Config {
	cc := check.Config{Load: func(module, from string) (string, []byte, error) {
		path := filepath.Join(filepath.Dir(from), filepath.FromSlash(module))
		if rest, ok := strings.CutPrefix(module, "//"); ok {
			path = filepath.Join(root, filepath.FromSlash(rest))
		}
		b, err := os.ReadFile(path)
		return path, b, err
	}}
	if c == nil {
		return cc
	}
	cc.GlobalTimeout = c.GlobalTimeout
	if len(c.VMs)+len(c.Containers) == 0 && c.File == "" {
		return cc
	}
	cc.MachineSource, cc.VLANs = c.File, c.VLANs
	cc.Machines = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.VMs)) {
		cc.Machines[name] = check.KindQEMU
	}
	for _, name := range slices.Sorted(maps.Keys(c.Containers)) {
		cc.Machines[name] = check.KindNspawn
	}
	return cc
}

// check reports what would fail when the script runs.
func (o *Options) check(ctx context.Context, src []byte) error {
	if o.Check == CheckNone {
		return nil
	}
	var errs []Finding
	for _, f := range check.File(ctx, CheckConfig(o.Config, filepath.Dir(o.Script)), o.Script, src) {
		if f.Severity == check.Error {
			errs = append(errs, f)
		}
	}
	if len(errs) > 0 {
		return &CheckError{errs}
	}
	return nil
}
