// Package outside tests machines as another project does: with the public packages alone.
package outside

import (
	"context"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/report"
)

func TestTwoMachines(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	log := report.NewLog(nil, report.NewPlain(t.Output(), report.PlainOptions{Serial: true}))
	d, err := driver.New(ctx, driver.Options{OutDir: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	create := func(name string) *machine.Machine {
		m, err := d.CreateMachine(ctx, driver.MachineConfig{Name: name, Guest: "tiny", VLANs: []int{1}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	server, client := create("server"), create("client")
	if err := d.StartAll(ctx); err != nil {
		t.Fatal(err)
	}

	if _, err := client.Succeed(ctx, "ping -c 1 server", time.Minute); err != nil {
		t.Error(err)
	}
	if _, err := server.Succeed(ctx, "echo port 8080 is open > /dev/console", 0); err != nil {
		t.Error(err)
	}
	if err := server.WaitForConsoleText(ctx, regexp.MustCompile(`port \d+ is open`), machine.Wait{Timeout: time.Minute}); err != nil {
		t.Error(err)
	}
	path, err := server.Screenshot(ctx, "server")
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(path) != d.OutDir() {
		t.Errorf("the screenshot is %s, want it in %s", path, d.OutDir())
	}
	if screen, err := ocr.DecodeFile(path); err != nil || screen.Bounds().Empty() {
		t.Errorf("the screenshot: %v", err)
	}
}
