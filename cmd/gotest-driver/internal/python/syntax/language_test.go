package syntax

import (
	"maps"
	"slices"
	"testing"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func TestIsScript(t *testing.T) {
	const (
		both   = "start_all()\nmachine.succeed(\"true\")\n"
		star   = "server: Machine\nfor _ in subtest(\"x\"):\n    assert(server.succeed(\"true\") == \"\", \"text\")\n"
		py     = "import json\nwith subtest(\"x\"):\n    assert machine.succeed(f\"echo {1}\")\n"
		fmtd   = "machine.succeed(f\"echo {1}\")\n"
		broken = "start_all(\n"
	)
	for _, c := range []struct {
		file, src, configured string
		want                  bool
	}{
		{"a.py", both, "", true},
		{"a.py", both, "starlark", true},
		{"a.star", py, "python", false},
		{"a", both, "", false},
		{"a", both, "auto", false},
		{"a", both, "python", true},
		{"a", py, "starlark", false},
		{"a", star, "", false},
		{"a", star, "auto", false},
		{"a", py, "", true},
		{"test-script", py, "auto", true},
		{"a", fmtd, "", true},
		{"a", broken, "", false},
		{"a", py + broken, "", true},
		{"a", star + broken, "", false},
		{"a", "", "", false},
	} {
		if got := IsScript(c.file, []byte(c.src), c.configured, dialect.Parse); got != c.want {
			t.Errorf("IsScript(%q, %q, %q) = %v", c.file, c.src, c.configured, got)
		}
	}
}

func TestNames(t *testing.T) {
	for src, want := range map[string][]string{
		"# vlan1\nx = f\"{vlan2.nr}\" + 'vlan3'\nm.vlan4()\n": {"m", "vlan2", "x"},
		"with a as b:\n    for c in d: print(e)\n":            {"a", "b", "c", "d", "e", "print"},
		"class A: vlan1\n": {"A", "class", "vlan1"}, // of what is not understood, all words
	} {
		if got := slices.Sorted(maps.Keys(Names("a.py", []byte(src)))); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", src, got, want)
		}
	}
}
