package ocrcmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/ocr/ocrcmd"
)

const login = "../testdata/console/720x400-login-dark.png"

func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := ocrcmd.New()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestText(t *testing.T) {
	truth, err := os.ReadFile(strings.TrimSuffix(login, "png") + "txt")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, login); err != nil || out != string(truth) {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := run(t, login, "../testdata/console/720x400-code-light.png")
	if err != nil || strings.Count(out, "==> ") != 2 || !strings.Contains(out, "static int probe") {
		t.Errorf("two files: %v\n%s", err, out)
	}
}

func TestJSONAndBoxes(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "seen.png")
	out, err := run(t, "--json", "--boxes", seen, login)
	if err != nil {
		t.Fatal(err)
	}
	var r ocrcmd.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.File != login || r.Method != ocr.MethodConsole || len(r.Words) == 0 {
		t.Errorf("%+v", r)
	}
	// "machine login: root" is row 16, counted from 0: two of the lines above it are wrapped.
	want := ocrcmd.Word{Text: "login:", X: 8 * 9, Y: 16 * 16, Width: 6 * 9, Height: 16, Confidence: 100}
	found := false
	for _, w := range r.Words {
		found = found || w == want
	}
	if !found {
		t.Errorf("no word %+v in %+v", want, r.Words)
	}
	if _, err := ocr.DecodeFile(seen); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Dir(seen) + "/.*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.png")
	if err := os.WriteFile(broken, []byte("\x89PNG\r\n\x1a\n but no more"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"broken.png: the image is broken or cut off": {broken, login},
		"absent.png: no such file":                   {filepath.Join(dir, "absent.png")},
		"--boxes takes one image, but 2 were given":  {"--boxes", "x.png", login, login},
		"no such file or directory":                  {"--boxes", filepath.Join(dir, "no/where.png"), login},
		"requires at least 1 arg":                    {},
	} {
		out, err := run(t, args...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
		if len(args) == 2 && args[0] == broken && !strings.Contains(out, "machine login") {
			t.Error("a broken image kept another from being read")
		}
	}
}
