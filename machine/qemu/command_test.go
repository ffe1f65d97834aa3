package qemu

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// TestEmulatedProcessor: the installed QEMU takes the processor, which has neither of the features that belong together.
func TestEmulatedProcessor(t *testing.T) {
	if testing.Short() {
		t.Skip("starts QEMU")
	}
	bin, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(bin, "-nodefaults", "-display", "none", "-S", "-accel", "tcg", "-cpu", tcgCPU(bin), "-qmp", "stdio")
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
