package dialect_test

import (
	"testing"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func TestMeaning(t *testing.T) {
	for name, want := range map[string][2]string{ // in Starlark, in Python
		"server": {}, "machine": {}, "vlan": {}, "vlan_a": {},
		"lambda": {"a word of the language", "a word of the language"},
		"class":  {"a word of the language", "a word of the language"},
		"None":   {"a word of the language", "a word of the language"},
		"await":  {"", "a word of the language"},
		"json":   {"a module", ""},
		"re":     {"a module", ""},
		"log":    {"a module", "a module"},
		"assert": {"a module", "a word of the language"},
		"retry":  {"a function of the language", "a function of the language"},
		"len":    {"a function of the language", "a function of the language"},
		"list":   {"a function of the language", "a function of the language"},
		"driver": {"a variable of the driver", "a variable of the driver"},
		"vlan12": {"a variable of the driver", "a variable of the driver"},
	} {
		if got := [2]string{dialect.Meaning(name, false), dialect.Meaning(name, true)}; got != want {
			t.Errorf("%s means %q, want %q", name, got, want)
		}
	}
}
