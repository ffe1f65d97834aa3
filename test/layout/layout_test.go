// Package layout_test holds the repository to the plan that docs/architecture.md draws: which folder may import which,
// how many folders the top level has, and that the pages for developers name files that exist.
package layout_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	root   = "../.."
	module = "github.com/gotest-driver/gotest-driver/"
)

// allowed lists for each folder, which stands for those below it too unless they have a line of their own, the folders
// that it may import: such a folder and all below it. Each folder may import those below it.
// Tests are free: they may use what they need.
var allowed = map[string]string{
	"cmd": "cmd script driver machine qmp vlan ocr report internal",
	// What is linked into gotest-driver makes each start slower: libraries of prompts, debuggers and editors are for tools.
	"cmd/gotest-driver":                     "cmd/gotest-driver/internal/command",
	"cmd/gotest-driver/gotest-driver-tools": "cmd/gotest-driver/internal/command cmd/gotest-driver/internal/tools",
	"cmd/gotest-driver/internal/command":    "cmd/gotest-driver/internal/run cmd/gotest-driver/internal/suite cmd/gotest-driver/internal/python/bridge cmd/gotest-driver/internal/python/syntax script driver machine ocr report internal",
	"cmd/gotest-driver/internal/tools":      "cmd script driver machine report internal",
	"cmd/gotest-driver/internal/run":        "cmd/gotest-driver/internal/python script driver machine report internal",
	"cmd/gotest-driver/internal/python":     "script driver/guest machine qmp report internal",
	"cmd/gotest-driver/internal/repl":       "cmd/gotest-driver/internal/debugger script driver machine report internal",
	"cmd/gotest-driver/internal/dap":        "cmd/gotest-driver/internal/debugger cmd/gotest-driver/internal/repl script report internal",
	"cmd/gotest-driver/internal/debugger":   "script report internal",
	// The debugger of a run that has stopped is used at the prompt.
	"cmd/gotest-driver/internal/debugger/attach": "cmd/gotest-driver/internal/debugger cmd/gotest-driver/internal/repl script report internal",
	"cmd/gotest-driver/internal/web":             "driver machine ocr report internal",
	"cmd/gotest-driver/internal/suite":           "cmd/gotest-driver/internal/python driver report internal",
	"cmd/gotest-driver/internal/lsp":             "script/check script/dialect script/format driver/config driver/guest internal",

	"script":         "report internal",
	"script/api":     "internal",
	"script/dialect": "script/api internal",
	"script/check":   "script/api script/dialect driver/config driver/guest internal",
	"script/format":  "script/check script/dialect internal",
	"script/bind":    "script driver machine qmp vlan ocr report internal",
	"script/modules": "script report internal",

	"driver":        "machine qmp vlan report internal",
	"driver/config": "internal",
	"driver/guest":  "internal",

	"driver/bootcache": "internal",

	"machine":         "qmp ocr report internal",
	"machine/disk":    "internal",
	"machine/shell":   "internal",
	"machine/qemu":    "machine qmp vlan ocr internal",
	"machine/nspawn":  "machine vlan internal",
	"machine/libvirt": "machine qmp internal",

	"qmp":      "internal",
	"vlan":     "internal",
	"ocr":      "internal",
	"report":   "internal",
	"internal": "internal",
	"test":     "driver machine qmp vlan ocr report internal",
	"examples": "driver machine qmp vlan ocr report internal",
}

// within reports whether a folder is another one or below it.
func within(folder, other string) bool {
	return folder == other || strings.HasPrefix(folder, other+"/")
}

// room is the line of allowed that holds for a folder.
func room(folder string) (string, bool) {
	for f := folder; f != "."; f = path.Dir(f) {
		if _, ok := allowed[f]; ok {
			return f, true
		}
	}
	return "", false
}

// upward returns the imports that are not allowed, each as "file:line: why".
func upward(files fs.FS) (found []string, err error) {
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || isModule(files, name)):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		src, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from, ok := room(path.Dir(name))
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			if ok && (within(to, from) || slices.ContainsFunc(strings.Fields(allowed[from]), func(f string) bool { return within(to, f) })) {
				continue
			}
			found = append(found, fmt.Sprintf("%s: %s may not import %s", set.Position(i.Pos()), path.Dir(name), to))
		}
		return nil
	})
	return found, err
}

// isModule reports whether a folder is a Go module of its own, which sees this one from outside.
func isModule(files fs.FS, folder string) bool {
	_, err := fs.Stat(files, path.Join(folder, "go.mod"))
	return err == nil
}

func TestImportsPointDown(t *testing.T) {
	found, err := upward(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// TestUpwardImportIsFound proves that TestImportsPointDown can fail.
func TestUpwardImportIsFound(t *testing.T) {
	src := func(imported string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("package p\n\nimport (\n\t\"fmt\"\n\t\"" + module + imported + "\"\n)\n")}
	}
	found, err := upward(fstest.MapFS{
		"machine/up.go":                              src("driver"),
		"machine/shell/up.go":                        src("machine"),
		"machine/down.go":                            src("machine/shell"),
		"machine/free_test.go":                       src("driver"),
		"script/check/up.go":                         src("machine"),
		"script/bind/down.go":                        src("driver"),
		"driver/testdata/fine.go":                    src("script"),
		"test/outside/go.mod":                        {Data: []byte("module example.org/outside\n")},
		"test/outside/fine.go":                       src("script"),
		"cmd/gotest-driver/internal/command/down.go": src("script/check"),
		"shed/new.go":                                src("internal/near"),
	})
	want := []string{
		"machine/shell/up.go:5:2: machine/shell may not import machine",
		"machine/up.go:5:2: machine may not import driver",
		"script/check/up.go:5:2: script/check may not import machine",
		"shed/new.go:5:2: shed may not import internal/near",
	}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%v, found %q, want %q", err, found, want)
	}
}

// TestTopLevel: a newcomer reads the top level once and knows which room a change belongs in.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if _, ok := allowed[e.Name()]; e.IsDir() && (ok || slices.Contains([]string{"docs", "editors", "nix", "scripts"}, e.Name())) {
			folders = append(folders, e.Name())
		} else if files, err := os.ReadDir(path.Join(root, e.Name())); e.IsDir() && err == nil && slices.ContainsFunc(files, func(f fs.DirEntry) bool { return strings.HasSuffix(f.Name(), ".go") }) {
			t.Errorf("the folder %s is new at the top level: give it a line in allowed and in docs/architecture.md", e.Name())
		}
	}
	if len(folders) > 15 {
		t.Errorf("%d folders at the top level, want at most 15: %q", len(folders), folders)
	}
}

// named finds the files and folders that a page names: `like/this.go`.
var named = regexp.MustCompile("`([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+/?)`")

// TestPagesNameFiles: the pages for developers name files and folders that exist, from the top of the repository.
func TestPagesNameFiles(t *testing.T) {
	for _, page := range []string{"CONTRIBUTING.md", "docs/architecture.md"} {
		text, err := os.ReadFile(path.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		all := named.FindAllStringSubmatch(string(text), -1)
		if len(all) < 5 {
			t.Errorf("%s names %d files", page, len(all))
		}
		for _, m := range all {
			if _, err := os.Stat(path.Join(root, m[1])); err != nil {
				t.Errorf("%s names `%s`, which is not there", page, m[1])
			}
		}
	}
}
