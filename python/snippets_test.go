package python

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// snippets reads the many small programs of a file: each begins with a line "#: its name".
func snippets(t testing.TB, file string) (names, sources []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut("\n"+string(data), "\n#: ")
	if strings.TrimSpace(head) != "" || !ok {
		t.Fatalf("%s does not begin with a line \"#: name\"", file)
	}
	for _, part := range strings.Split(rest, "\n#: ") {
		name, src, _ := strings.Cut(part, "\n")
		names, sources = append(names, strings.TrimSpace(name)), append(sources, src+"\n")
	}
	return names, sources
}

// TestSnippets runs many small programs under CPython, lowered and migrated, and compares what they print and how
// they end.
func TestSnippets(t *testing.T) {
	files, err := filepath.Glob("testdata/snippets/*.py")
	if err != nil || len(files) == 0 {
		t.Fatal("no snippets", err)
	}
	dir := t.TempDir()
	var paths, names, sources []string
	for _, f := range files {
		ns, srcs := snippets(t, f)
		base := strings.TrimSuffix(filepath.Base(f), ".py")
		for i, src := range srcs {
			path := filepath.Join(dir, base+"-"+ns[i]+".py")
			if err := os.WriteFile(path, []byte(src), 0o644); err != nil {
				t.Fatal(err)
			}
			paths, names, sources = append(paths, path), append(names, base+"/"+ns[i]), append(sources, src)
		}
	}
	want := runCPython(t, paths)
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			compareOutcome(t, "snippet.py", sources[i], want[i])
			compareMigrated(t, "snippet.py", sources[i], want[i])
		})
	}
}

// runMigrated runs what migrate prints.
func runMigrated(t testing.TB, name, src string) (o outcome, text string) {
	t.Helper()
	text, findings, err := Migrate(name, src)
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	return execStarlark(func(has func(string) bool) (*starlark.Program, error) {
		f, err := dialect.Parse(name, []byte(text))
		if err != nil {
			return nil, err
		}
		_, p, err := starlark.SourceProgramOptions(Dialect(), name, f.Starlark, has)
		return p, err
	}), text
}

func compareMigrated(t testing.TB, name, src string, want outcome) {
	t.Helper()
	if t.Failed() {
		return // run as it is, it differs already
	}
	got, text := runMigrated(t, name, src)
	if got.out != want.out || got.class != want.class {
		t.Errorf("run it ends with %q and prints\n%s\nmigrated it ends with %q (%v) and prints\n%s\n%s", want.class, want.out, got.class, got.err, got.out, text)
	}
}
