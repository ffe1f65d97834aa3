package qemu

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/arch"
)

// TestEmulatedProcessor: the installed QEMU takes the processor, which has neither of the features that belong together.
func TestEmulatedProcessor(t *testing.T) {
	if testing.Short() {
		t.Skip("starts QEMU")
	}
	pc, err := arch.Named("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	bin, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(bin, "-nodefaults", "-display", "none", "-S", "-accel", "tcg", "-cpu", pc.CPU(), "-qmp", "stdio")
	ask := `{"execute": "qmp_capabilities"}`
	for _, feature := range []string{"erms", "fsrm"} {
		ask += ` {"execute": "qom-get", "id": "` + feature + `", "arguments": {"path": "/machine/unattached/device[0]", "property": "` + feature + `"}}`
	}
	cmd.Stdin = strings.NewReader(ask + ` {"execute": "quit"}`)
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, messages.String())
	}
	has := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		var answer struct {
			ID     string
			Return json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.ID != "" {
			has[answer.ID] = string(answer.Return) != "false"
		}
	}
	if len(has) != 2 || has["erms"] || has["fsrm"] {
		t.Errorf("features %v, want neither:\n%s", has, out)
	}
}

// TestRunAs: a described machine's QEMU changes its user unless its options say otherwise, and its filter lets it then, only.
func TestRunAs(t *testing.T) {
	dir := t.TempDir()
	image, program := filepath.Join(dir, "image"), filepath.Join(dir, "qemu")
	for path, mode := range map[string]os.FileMode{image: 0o600, program: 0o755} {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	runAs := []string{"-runas", "61500:61500"}
	for _, c := range []struct {
		runAs, options []string
		change         bool
	}{
		{nil, nil, false},
		{runAs, nil, true},
		{runAs, []string{"-snapshot"}, true},
		{runAs, []string{"-runas", "nobody"}, false},
		{runAs, []string{"-run-with", "user=nobody"}, false},
		{runAs, []string{"-run-with", "async-teardown=on"}, true},
		{runAs, []string{"-sandbox", "on"}, true},
		{runAs, []string{"-sandbox", "on,elevateprivileges=deny"}, false},
	} {
		line, err := Spec{Image: image, Binary: program, RunAs: c.runAs, Options: c.options}.Command()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(line, " -runas 61500:61500"); got != c.change {
			t.Errorf("options %q: %s", c.options, line)
		}
		if runtime.GOOS == "linux" && !slices.Contains(c.options, "-sandbox") && strings.Contains(line, "elevateprivileges=deny") == c.change {
			t.Errorf("options %q have the wrong filter: %s", c.options, line)
		}
	}
}
