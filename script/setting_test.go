package script_test

import (
	"testing"

	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func TestKeepsMachines(t *testing.T) {
	for src, want := range map[string]bool{
		"keep_machines = True\nstart_all()\n":       true,
		"start_all()\nkeep_machines: bool = True\n": true,
		"start_all()\n":                                      false,
		"keep_machines = False\n":                            false,
		"keep_machines = True\nkeep_machines = False\n":      false,
		"def f():\n    keep_machines = True\n    return f\n": false,
		"other = True\n":                                     false,
	} {
		f, err := dialect.Parse("test.star", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if got := script.KeepsMachines(f); got != want {
			t.Errorf("%q: %v, want %v", src, got, want)
		}
	}
}
