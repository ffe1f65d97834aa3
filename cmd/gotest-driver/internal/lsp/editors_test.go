package lsp

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

// setup is the first set-up in a language that docs/editors.md shows.
func setup(t *testing.T, language string) string {
	t.Helper()
	b, err := os.ReadFile("../../../../docs/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "```"+language+"\n")
	text, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 {
		t.Fatalf("docs/editors.md has no set-up in %s", language)
	}
	return text
}

// inEditor runs an editor without its user's settings in a directory with the files and main.star, a test with a
// misspelt call in line 3. Its script prints "all done" at its end.
func inEditor(t *testing.T, files map[string]string, editor string, args ...string) {
	t.Helper()
	dir := t.TempDir()
	files["main.star"] = "server: Machine\nunit = \"nginx.service\"\nserver.wait_for_unti(unit)\n"
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, editor, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(buildtest.Driver(t))+":"+os.Getenv("PATH"), "HOME="+dir,
		"XDG_STATE_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CACHE_HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "all done") {
		t.Errorf("%v\n%s", err, out)
	}
}
