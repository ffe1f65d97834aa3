package script

import (
	"context"
	"fmt"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// KeepsMachines reports whether a script has `keep_machines = True` at its top level: if it runs repeatedly, the
// machines stay up between runs.
func KeepsMachines(f *dialect.File) bool {
	keeps := false
	for _, s := range f.Stmts {
		a, ok := s.(*dialect.AssignStmt)
		if !ok || a.Op != syntax.EQ {
			continue
		}
		name, ok := a.LHS.(*dialect.Ident)
		value, isName := a.RHS.(*dialect.Ident)
		if ok && name.Name == dialect.KeepMachines {
			keeps = isName && value.Name == "True"
		}
	}
	return keeps
}

// Checkpoint saves the state of what a script tests, and returns a function that brings it back.
type Checkpoint func(ctx context.Context) (back func(context.Context) error, err error)

// restoresPerTest reports whether a script has `per_test = "restore"` at its top level: each test function then starts from the state
// at the end of the top level.
func restoresPerTest(f *syntax.File) (restores bool, err error) {
	for _, s := range f.Stmts {
		a, ok := s.(*syntax.AssignStmt)
		if !ok || a.Op != syntax.EQ {
			continue
		}
		if name, ok := a.LHS.(*syntax.Ident); !ok || name.Name != dialect.PerTest {
			continue
		}
		value, ok := a.RHS.(*syntax.Literal)
		if !ok || value.Value != "restore" {
			start, _ := a.RHS.Span()
			return false, syntax.Error{Pos: start, Msg: fmt.Sprintf("%s is \"restore\", or is not set", dialect.PerTest)}
		}
		restores = true
	}
	return restores, nil
}
