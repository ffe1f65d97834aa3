package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A file is found by its very name, or by what bash makes of the name.
func TestFileExists(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain", "it's here", `say "hi"`, "auth_Xy", "star*", "$USED", "a;b", "par(en)", "back`tick"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{
		"plain": true, "it's here": true, `say "hi"`: true, "star*": true, "$USED": true, "a;b": true, "par(en)": true, "back`tick": true,
		"~/plain": true, "$HOME/plain": true, "${HOME}/plain": true, "auth_*": true, "auth_[WX]y": true, "{none,plain}": true,
		`"it's here"`: true, `it\'s\ here`: true, "$(echo plain)": true, "none*": false, "none auth_*": true,
		"none": false, "it's": false, "~/none": false, "$GOTEST_NONE/plain": false, "${GOTEST_NONE}plain": false, "$(": false, "x); touch ran": false,
		"none'; touch ran; '": false, "~; touch ran": false, "~ & touch ran": false, "`exit 0`none": false,
	} {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", "if {\n"+fileExists(name)+"\n} >/dev/null; then exit 0; fi; exit 3")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
		out, err := cmd.CombinedOutput()
		if status := cmd.ProcessState.ExitCode(); (status == 0) != want || status != 0 && status != 3 || len(out) > 0 {
			t.Errorf("%q: status %d, %v, printed %q", name, status, err, out)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("a name was run as a command")
	}
}
