package machine

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/gotest-driver/gotest-driver/internal/kernellog"
	"github.com/gotest-driver/gotest-driver/report"
)

// KernelError says that the guest told of trouble on its console that ends the test.
type KernelError struct {
	Machine string
	Kind    string // one of Options.FailOn
	Line    string // of the console

	what string
}

func (e *KernelError) Error() string {
	return fmt.Sprintf("%s: its kernel reports %s (fail_on has %q): %s", e.Machine, e.what, e.Kind, e.Line)
}

// ErrorClass marks the error as the machine's.
func (e *KernelError) ErrorClass() string { return "machine" }

// trouble looks at the lines of a console for what the kernel tells of itself.
type trouble struct {
	mu   sync.Mutex
	told []string // kinds
}

// troubles returns the kinds of trouble that the kernel has told of.
func (m *Machine) troubles() []string {
	m.trouble.mu.Lock()
	defer m.trouble.mu.Unlock()
	return slices.Clone(m.trouble.told)
}

// line takes a line: the first of each kind is told in the log. A kind of Options.FailOn ends the test.
func (m *Machine) line(text string) {
	k := kernellog.Find(text)
	if k == nil {
		return
	}
	m.trouble.mu.Lock()
	first := !slices.Contains(m.trouble.told, k.Name)
	if first {
		m.trouble.told = append(m.trouble.told, k.Name)
	}
	m.trouble.mu.Unlock()
	if !first {
		return
	}
	if slices.Contains(m.o.FailOn, k.Name) && m.o.OnTrouble != nil {
		m.o.OnTrouble(&KernelError{Machine: m.o.Name, Kind: k.Name, Line: text, what: k.What})
		return
	}
	m.logf(context.Background(), report.Warning, "its kernel reports %s (%s): %s", k.What, k.Name, text)
}
