package bind

import (
	"maps"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/modules"
)

// What is declared, and so completed and accepted by the checker, is there when a script runs, and nothing else.
func TestEveryDeclarationIsBound(t *testing.T) {
	d, err := driver.New(t.Context(), driver.Options{
		Config: &driver.Config{VMs: map[string]driver.MachineConfig{"a": {Name: "a", StartScript: "true"}}},
		Name:   "x", OutDir: t.TempDir(), Root: ".", Log: report.NewLog(nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	b := New(d, Hooks{})
	if err := b.Verify(); err != nil {
		t.Error(err)
	}
	g := b.Globals()
	maps.Copy(g, script.Builtins())
	maps.Copy(g, modules.New(modules.Options{}))
	if err := script.VerifyGlobals(api.Load(), g); err != nil {
		t.Error(err)
	}
}
