package check

import (
	"strings"
	"testing"
)

// What a format takes from a value of several types, and how many pieces a limited split gives.
func TestCountsOfValues(t *testing.T) {
	const before = "machine: Machine\nout = machine.succeed(\"x\")\nm = re.search(\"a(b)?\", out)\nif m == None:\n    fail(\"no match\")\n"
	for line, want := range map[string]Code{
		`print("a %s %s" % m.group(1))`:               FormatString,
		`print("a " % m.group(0))`:                    FormatString,
		`print("%d" % m.group(1))`:                    FormatString,
		`print("%(a)s %s" % {"a": 1})`:                FormatString,
		`print("%s %s %(a)s" % {"a": 1})`:             FormatString,
		`a, b, c = out.split("=", 1)`:                 UnpackCount,
		`a, b = out.rsplit(None, 0)`:                  UnpackCount,
		`print("%s %(a)s" % {"a": 1})`:                "",
		`print("%s" % m.group(1))`:                    "",
		`print("%s %s" % m.group(1, 2))`:              "",
		`print("%s %s" % m.group(*[0, 1]))`:           "",
		`print(int(m.group(1)) + len(m.group()))`:     "",
		`print("none" if m.group(1) == None else "")`: "",
		`a, b = out.split("=", 1)`:                    "",
		`a, b, c = out.split("=", -1)`:                "",
		`a, b, c = re.split("a", out)`:                "",
		`print("%s %s" % (1 if out else (1, 2)))`:     "",
	} {
		got := findings(before+line+"\n", Config{})
		var code Code
		for _, f := range got {
			if f.Severity == Error {
				code = f.Code
			}
		}
		if code != want {
			t.Errorf("%s: want %q, got %s", line, want, list(got))
		}
	}
}

// The run gives a machine that is only declared, wherever its declaration is; one that is set, it does not.
func TestDeclaredBehindItsUse(t *testing.T) {
	for src, want := range map[string]string{
		"server.start()\nserver: Machine\n":                                              "0 findings",
		"server.strat()\nserver: Machine\n":                                              string(UnknownAttribute),
		"server.start()\nserver: Machine\nserver = create_machine(guest = \"debian\")\n": string(UsedBeforeSet),
		"print(n)\nn: int\n":                                                             string(UsedBeforeSet),
	} {
		if got := list(findings(src, Config{})); !strings.Contains(got, want) {
			t.Errorf("%q: want %s, got %s", src, want, got)
		}
	}
}
