package script

import (
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
