package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/ocr"
)

const loginPicture = "../../../../ocr/testdata/console/720x400-login-dark.png"

func TestOCRText(t *testing.T) {
	truth, err := os.ReadFile(strings.TrimSuffix(loginPicture, "png") + "txt")
	if err != nil {
		t.Fatal(err)
	}
	if out, e, code := command(t, "", "ocr", loginPicture); code != exitPassed || out != string(truth) {
		t.Errorf("%d %s\n%s", code, e, out)
	}
	out, e, code := command(t, "", "ocr", loginPicture, "../../../../ocr/testdata/console/720x400-code-light.png")
	if code != exitPassed || strings.Count(out, "==> ") != 2 || !strings.Contains(out, "static int probe") {
		t.Errorf("two files: %d %s\n%s", code, e, out)
	}
}

func TestOCRJSONAndBoxes(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "seen.png")
	out, e, code := command(t, "", "ocr", "--json", "--boxes", seen, loginPicture)
	if code != exitPassed {
		t.Fatal(e)
	}
	var r ocrReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.File != loginPicture || r.Method != ocr.MethodConsole || len(r.Words) == 0 {
		t.Errorf("%+v", r)
	}
	// "machine login: root" is row 16, counted from 0: two of the lines above it are wrapped.
	want := ocrWord{Text: "login:", X: 8 * 9, Y: 16 * 16, Width: 6 * 9, Height: 16, Confidence: 100}
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

func TestOCRErrors(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.png")
	if err := os.WriteFile(broken, []byte("\x89PNG\r\n\x1a\n but no more"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"broken.png: the image is broken or cut off": {broken, loginPicture},
		"absent.png: no such file":                   {filepath.Join(dir, "absent.png")},
		"--boxes takes one image, but 2 were given":  {"--boxes", "x.png", loginPicture, loginPicture},
		"no such file or directory":                  {"--boxes", filepath.Join(dir, "no/where.png"), loginPicture},
		"want gotest-driver ocr FILE…":               {},
	} {
		out, e, code := command(t, "", append([]string{"ocr"}, args...)...)
		if code != ExitUsage || !strings.Contains(e, want) {
			t.Errorf("%q: %d %s, want %q", args, code, e, want)
		}
		if len(args) == 2 && args[0] == broken && !strings.Contains(out, "machine login") {
			t.Error("a broken image kept another from being read")
		}
	}
}
