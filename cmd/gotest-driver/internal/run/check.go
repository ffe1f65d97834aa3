package run

import (
	"context"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// Check says what is checked before anything starts.
type Check int

// The choices.
const (
	CheckErrors Check = iota // what would fail at run time
	CheckNone
)

// CheckError says that the script would fail.
type CheckError struct{ Findings []check.Finding }

// Error tells all findings, each with its line.
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

// CheckConfig is what the checker is told of the configuration and of the directory that scripts load from.
func CheckConfig(c *driver.Config, root string) check.Config {
	cc := check.Config{Load: check.Loader(root), Guests: guest.Names()}
	if c == nil {
		return cc
	}
	cc.GlobalTimeout = c.GlobalTimeout
	if len(c.VMs)+len(c.Containers) == 0 && c.File == "" {
		return cc
	}
	cc.MachineSource, cc.VLANs = c.File, c.VLANs
	cc.Machines = map[string]string{}
	for name := range c.VMs {
		cc.Machines[driver.Identifier(name)] = check.KindQEMU
	}
	for name := range c.Containers {
		cc.Machines[driver.Identifier(name)] = check.KindNspawn
	}
	return cc
}

// check reports what would fail when the script runs; py has one in Python.
func (o *Options) check(ctx context.Context, root string, src []byte, py *bridge.Process) error {
	if o.Check == CheckNone {
		return nil
	}
	var found []check.Finding
	if py != nil {
		var err error
		if found, _, err = py.Check(ctx, pythonConfig(o.Config)); err != nil {
			return err
		}
	} else {
		found = check.File(ctx, CheckConfig(o.Config, root), o.Script, src)
	}
	found = slices.DeleteFunc(found, func(f check.Finding) bool { return f.Severity != check.Error })
	if len(found) > 0 {
		return &CheckError{found}
	}
	return nil
}
