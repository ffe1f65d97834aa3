package script

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// fingerprintOf runs a script and returns the fingerprint of what it gives to the function told.
func fingerprintOf(t *testing.T, src, library string) (text string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lib.star"), []byte(library), 0o600); err != nil {
		t.Fatal(err)
	}
	told := NewFunction(&api.Function{Name: "told", Params: []api.Param{{Name: "fn", Kind: api.Positional, Type: &api.Type{Name: "Any"}}}}, func(_ context.Context, c *Call) (starlark.Value, error) {
		var err error
		text, err = c.Fingerprint(c.Callable("fn"))
		return starlark.None, err
	})
	err := Run(t.Context(), Options{Filename: filepath.Join(dir, "x.star"), Source: []byte(src), Root: dir, Predeclared: starlark.StringDict{"told": told}})
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return text
}

// TestFingerprint: what a function does counts, wherever that is written; what is around it does not.
func TestFingerprint(t *testing.T) {
	const src = `load("lib.star", "word")
n = 1
def helper():
    return word() + str(n)
def outer(x):
    def prepare(m: int) -> None:
        helper()
        print(x)
    return prepare
told(outer([1, {"a": 2}]))
`
	const library = "def word():\n    return \"a\"\n"
	want := fingerprintOf(t, src, library)
	replace := func(old, by string) string { return strings.Replace(src, old, by, 1) }
	for name, same := range map[string]string{
		"lines before": "# a comment\n\n" + src, "an unused function": replace("n = 1\n", "n = 1\ndef other():\n    pass\n"), "nothing": src,
	} {
		if got := fingerprintOf(t, same, library); got != want {
			t.Errorf("%s:\n%s, want\n%s", name, got, want)
		}
	}
	for name, other := range map[string][2]string{
		"the body": {replace("print(x)", "print(x, x)"), library}, "a variable": {replace("n = 1", "n = 2"), library},
		"a function": {replace("str(n)", "repr(n)"), library}, "what is around it": {replace(`"a": 2`, `"a": 3`), library},
		"a loaded function": {src, "def word():\n    return \"b\"\n"},
	} {
		if got := fingerprintOf(t, other[0], other[1]); got == want {
			t.Errorf("a change of %s is not seen:\n%s", name, got)
		}
	}
	if a, b := fingerprintOf(t, "told(lambda m: 1)\n", ""), fingerprintOf(t, "told(lambda m: 2)\n", ""); a == b {
		t.Errorf("two lambdas are the same: %s", a)
	}
	if got := fingerprintOf(t, "l = []\nl.append(l)\ndef f(m):\n    f(l)\ntold(f)\n", ""); got == "" {
		t.Error("what contains itself has no fingerprint")
	}
}
