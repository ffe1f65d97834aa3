// Package examples holds scripts that run as they are; its test runs each.
package examples

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/testlog"
	"github.com/gotest-driver/gotest-driver/ocr/tesseract"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/runner"
)

// limit is how long an example may take where QEMU emulates.
const limit = 10 * time.Minute

func TestMain(m *testing.M) {
	tesseract.Self()
	os.Exit(m.Run())
}

func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	files, err := filepath.Glob("*.star")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			if file == "vm-and-container.star" && os.Getuid() != 0 {
				t.Skip("containers need root")
			}
			var out bytes.Buffer
			log := report.NewLog(nil, report.NewPlain(&out, report.PlainOptions{}))
			err := runner.Run(context.Background(), runner.Options{Script: file, OutDir: t.TempDir(), GlobalTimeout: limit, Log: log})
			if cerr := log.Close(); cerr != nil {
				t.Error(cerr)
			}
			if err != nil {
				t.Errorf("%v\n%s", err, testlog.Brief(out.String()))
			}
		})
	}
}
