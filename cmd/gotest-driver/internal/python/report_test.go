package python

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const nixTests = `{ pkgs, ... }: {
  # testScript = "no";
  a = {
    name = "a";
    testScript = { nodes, ... }: ''
      start_all()
      machine.succeed("${pkgs.hello}/bin/hello ''${HOME}")
      ${pkgs.lib.optionalString true "machine.crash()"}
    '';
  };
  b.testScript = let port = 80; in ''
    import numpy
    server.wait_for_open_port(${toString port})
    print(numpy.pi)
  '';
}
`

// tree writes files below a new directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestReport: scripts are found in Python files and in Nix files, and counted by folder.
func TestReport(t *testing.T) {
	dir := tree(t, map[string]string{
		"nix/tests.nix":       nixTests,
		"py/good.py":          "start_all()\n",
		"py/no_script.py":     "print(1)\n",
		"py/program.py":       "#!/usr/bin/env python3\nstart_all()\n",
		"py/broken.py":        "start_all()\nif x\n",
		".git/hidden.py":      "start_all()\n",
		"class.py":            "class A:\n    pass\nstart_all()\n",
		"py/data/helper.json": "{}",
	})
	scripts, err := Report(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteReport(&out, dir, scripts, true); err != nil {
		t.Fatal(err)
	}
	want := `class.py:1:1: a class has no counterpart in Starlark [class]
    write functions, and struct(…) or dicts for data; or the script can stay in Python: ` + "`gotest-driver run`" + ` runs it unchanged
nix/tests.nix:12:1: the module ` + "`numpy`" + ` has no counterpart in Starlark [import]
    run the code that needs it in a guest; or the script can stay in Python: ` + "`gotest-driver run`" + ` runs it unchanged
py/broken.py:1: py/broken.py:2:5: expected ` + "`:`" + `, found the end of the line

folder                                       scripts  translated
.                                                  1           0    0.0 %
nix                                                2           1   50.0 %
py                                                 2           1   50.0 %
all                                                5           2   40.0 %

finding                                      scripts
class                                              1
import                                             1
no Python                                          1
`
	if diff := cmp.Diff(want, strings.ReplaceAll(out.String(), dir+"/", "")); diff != "" {
		t.Error(diff)
	}
}

// TestNixScripts: a script has its text without the indentation, names for interpolations, and its first line.
func TestNixScripts(t *testing.T) {
	want := []nixScript{
		{6, "start_all()\nmachine.succeed(\"NIX_0_/bin/hello ${HOME}\")\nNIX_1_\n"},
		{12, "import numpy\nserver.wait_for_open_port(NIX_2_)\nprint(numpy.pi)\n"},
	}
	if diff := cmp.Diff(want, nixScripts(nixTests), cmp.AllowUnexported(nixScript{})); diff != "" {
		t.Error(diff)
	}
}
