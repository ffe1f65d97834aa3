package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/tools"
)

// TestMigrateCommand checks the written files, the output and the exit status.
func TestMigrateCommand(t *testing.T) {
	const star = "start_all()\n"
	for _, c := range []struct {
		name    string
		args    []string
		stdin   string
		status  int // the exit status
		out     string
		says    string            // the error, or the text on standard error
		written map[string]string // files, "-" for one that must not exist
	}{
		{name: "print", args: []string{"good.py"}, out: star},
		{name: "standard input", args: nil, stdin: star, out: star},
		{name: "-o", args: []string{"-o", "x.star", "good.py"}, written: map[string]string{"x.star": star}},
		{name: "--write", args: []string{"-w", "good.py", "other.py"}, written: map[string]string{"good.star": star, "other.star": star}},
		{name: "findings", args: []string{"-w", "class.py"}, status: 1, says: "class.py:1:1: a class", written: map[string]string{"class.star": "-"}},
		{name: "findings on standard input", args: []string{"-"}, stdin: "import yaml\nyaml.load('')\n", status: 1, says: "<stdin>:1:1: the module `yaml`"},
		{name: "the others are written", args: []string{"-w", "class.py", "good.py"}, status: 1, says: "class.py:1:1", written: map[string]string{"good.star": star}},
		{name: "no Python", args: []string{"-w", "broken.py", "class.py", "good.py"}, status: 2, says: "broken.py:1:5", written: map[string]string{"good.star": star}},
		{name: "no file", args: []string{"none.py"}, status: 2, says: "none.py"},
		{name: "report", args: []string{"--report", "."}, out: "all                                                4           2   50.0 %"},
		{name: "report of a file", args: []string{"--report", "good.py"}, status: 2, says: "good.py is not a directory"},
		{name: "too much", args: []string{"-o", "x", "good.py", "other.py"}, status: 2, says: "-o takes one file"},
		{name: "write standard input", args: []string{"-w", "-"}, status: 2, says: "--write can't write beside standard input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, text := range map[string]string{
				"good.py": star, "other.py": star, "class.py": "class A:\n    pass\nstart_all()\n", "broken.py": "if x\nstart_all()\n",
			} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out, stderr, status := command.Command(t, tools.All(), c.stdin, append([]string{"migrate"}, c.args...)...)
			if status != c.status || !strings.Contains(stderr, c.says) || !strings.Contains(out, c.out) {
				t.Errorf("exit status %d, want %d; it prints\n%s\nand says\n%s", status, c.status, out, stderr)
			}
			for name, want := range c.written {
				got, err := os.ReadFile(filepath.Join(".", name))
				if want == "-" && err == nil || want != "-" && string(got) != want {
					t.Errorf("%s: %q, %v", name, got, err)
				}
			}
		})
	}
}
