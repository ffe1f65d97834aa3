package bind

import (
	"maps"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/modules"
)

// All declared names, which editors complete and the checker accepts, exist when a script runs, and no others.
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

// TestJSON: QEMU's answers keep their types and numbers in both directions.
func TestJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"b": [1, -2.5, 1e300], "a": {"c": null, "d": true}}`: `{"a": {"c": None, "d": True}, "b": [1, -2.5, 1e+300]}`,
		`18446744073709551615`:                                 "18446744073709551615",
		`"18446744073709551615"`:                               `"18446744073709551615"`,
	} {
		v, err := qmp.DecodeNumbers([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got := toStarlark(v)
		if got.String() != want {
			t.Errorf("%s is %s for a script, want %s", text, got, want)
		}
		back, err := fromStarlark(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		if equal, err := starlark.Equal(toStarlark(back), got); err != nil || !equal {
			t.Errorf("%s goes back as %v (%v)", text, back, err)
		}
	}
}
