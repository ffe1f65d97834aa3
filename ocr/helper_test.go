package ocr_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/ocr/tesseract"
)

func TestMain(m *testing.M) {
	ocr.TesseractBuilt = tesseract.Built
	tesseract.Self()
	goleak.VerifyTestMain(m)
}

// needsOCR is a screen that only OCR can read.
const needsOCR = "testdata/x/desktop.png"

// read returns the text that a new reader reads from a screen of testdata.
func read(t *testing.T, path string) (string, error) {
	t.Helper()
	img, err := ocr.DecodeFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := ocr.New(ocr.Options{})
	defer r.Close()
	res, err := r.Read(t.Context(), img)
	return res.Text, err
}

// TestWithoutTesseract: a program that finds no working helper reports it, and still reads screens that need none.
func TestWithoutTesseract(t *testing.T) {
	script := func(text string) string {
		path := filepath.Join(t.TempDir(), ocr.HelperName)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	without := filepath.Join(t.TempDir(), ocr.HelperName)
	if !testing.Short() {
		cmd := exec.Command("go", "build", "-tags", "notesseract", "-o", without, "../cmd/gotest-driver-ocr")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	for _, c := range []struct{ name, helper, want string }{
		{"no helper", "", "neither beside "},
		{"a wrong path", "/no/where", "GOTEST_DRIVER_OCR=/no/where: "},
		{"no library", script("echo libtesseract.so.5: no such file >&2; exit 127"), "libtesseract.so.5: no such file"},
		{"built without", without, "built without Tesseract"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.helper == without && testing.Short() {
				t.Skip("builds a program")
			}
			t.Setenv(ocr.HelperEnv, c.helper)
			t.Setenv("PATH", "")
			if _, err := read(t, needsOCR); !errors.Is(err, ocr.ErrUnavailable) || !strings.HasPrefix(err.Error(), "OCR is not available: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("a desktop: %v, want %q", err, c.want)
			}
			for name, want := range map[string]string{"console/720x400-login-dark": "machine login: root", "x/xterm-fixed": "drwxr-xr-x 2 root root"} {
				if text, err := read(t, "testdata/"+name+".png"); err != nil || !strings.Contains(text, want) {
					t.Errorf("%s needs no OCR: %v %q", name, err, text)
				}
			}
		})
	}
}

// TestProgram builds the helper program and finds it by each way in turn.
func TestProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	ocr.NeedTesseract(t)
	dir := t.TempDir()
	program := filepath.Join(dir, ocr.HelperName)
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/gotest-driver-ocr").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, env := range map[string][2]string{"by its variable": {program, ""}, "on the PATH": {"", dir}} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(ocr.HelperEnv, env[0])
			t.Setenv("PATH", env[1])
			if text, err := read(t, needsOCR); err != nil || !strings.Contains(text, "The installer has found two disks.") {
				t.Errorf("%v %q", err, text)
			}
		})
	}
	driver := filepath.Join(dir, "gotest-driver")
	cmd := exec.Command("go", "build", "-o", driver, "../cmd/gotest-driver")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd = exec.Command(driver, "ocr", needsOCR)
	cmd.Env = append(os.Environ(), ocr.HelperEnv+"=", "PATH=")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "The installer has found two disks.") {
		t.Errorf("beside the driver: %v\n%s", err, out)
	}
	if out, err := exec.Command(program, "x.png").CombinedOutput(); err == nil || !strings.Contains(string(out), "gotest-driver ocr FILE") {
		t.Errorf("with an argument: %v\n%s", err, out)
	}
}

// TestDriverLinksNoC: a C library would slow down each start of the driver.
func TestDriverLinksNoC(t *testing.T) {
	if testing.Short() {
		t.Skip("calls go list")
	}
	cmd := exec.Command("go", "list", "-deps", "-tags", "netgo,osusergo", "-f", "{{if .CgoFiles}}{{.ImportPath}}{{end}}", "../cmd/gotest-driver")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("packages with C: %v\n%s", err, out)
	}
}
