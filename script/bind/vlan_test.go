package bind

import (
	"os/exec"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
)

// faults is a script that prints the faults of the network after each of its steps.
const faults = `
for _ in subtest("outer"):
    vlan1.partition([a], [b])
    now("partition a | b")
    for _ in subtest("inner"):
        vlan1.partition([a, b])
        now("partition a, b")
    now("partition a | b")
now("")
for _ in subtest("kept"):
    vlan1.partition([b], keep = True)
now("partition b")
for _ in subtest("a fault before one that is kept"):
    vlan1.partition([a, b])
    vlan1.partition([a], keep = True)
now("partition a")
vlan1.heal()
now("")
`

// TestFaultsEndWithTheSubtest: a fault is undone at the end of the subtest that made it, and the previous one comes
// back, unless the call asks to keep it.
func TestFaultsEndWithTheSubtest(t *testing.T) {
	if _, err := exec.LookPath("vde_switch"); err != nil {
		t.Skip("needs vde_switch")
	}
	b := binding(t, Hooks{})
	network, err := b.d.VLAN(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	m1, f1 := fakeMachine(t, "a")
	m2, f2 := fakeMachine(t, "b")
	network.Add(m1)
	network.Add(m2)
	g := script.Builtins()
	g["a"], g["b"] = b.object(m1), b.object(m2)
	b.addVLANs(g)
	g["now"] = starlark.NewBuiltin("now", func(th *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		want, _ := starlark.AsString(args[0])
		if got := network.Faults().String(); got != want {
			t.Errorf("%s: the faults are %q, want %q", th.CallFrame(1).Pos, got, want)
		}
		if whole := f1.at == f2.at; whole != (want == "" || want == "partition a, b") {
			t.Errorf("%s: the machines are at %s and %s", th.CallFrame(1).Pos, f1.at, f2.at)
		}
		return starlark.None, nil
	})
	if err := script.Run(t.Context(), script.Options{Filename: "faults.star", Source: []byte(faults), Predeclared: g}); err != nil {
		t.Fatal(err)
	}
	if f1.at != network.Dir() {
		t.Errorf("a machine is at %s after all faults, want %s", f1.at, network.Dir())
	}
}
