package lsp

import (
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

// Malformed messages are answered as JSON-RPC requires, and the session continues.
func TestJunk(t *testing.T) {
	_, main, _ := project(t)
	c := start(t)
	c.open(main, script)
	for _, x := range []struct {
		junk string
		code float64 // of the answer; 0: none
	}{
		{"Content-Length: 5\r\n\r\nnope!", -32700},
		{"Content-Length: 2\r\n\r\n{}", -32600},
		{"Content-Length: 2\r\n\r\n[]", -32600},
		{"a wrapper's greeting\n\n", 0},
	} {
		if _, err := io.WriteString(c.in, x.junk); err != nil {
			t.Fatal(err)
		}
		if x.code != 0 {
			m := c.receive()
			for m["method"] != nil {
				m = c.receive()
			}
			e, ok := m["error"].(map[string]any)
			if !ok || e["code"] != x.code {
				t.Errorf("%q is answered with %v", x.junk, e)
			}
		}
		if got := c.call("textDocument/documentSymbol", map[string]any{"textDocument": map[string]any{"uri": main}}); got == nil {
			t.Errorf("no answer after %q", x.junk)
		}
	}
}

// Input that is not the protocol at all ends the server with an error that says so.
func TestNoProtocol(t *testing.T) {
	for input, want := range map[string]string{
		strings.Repeat("text\n", 100): "not the Language Server Protocol",
		"text":                        "ends within a message",
		"Content-Length: 5\r\n\r\n{":  "ends within a message",
		"Content-Length: 33\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}": "",
		"": "",
	} {
		cmd := exec.Command(buildtest.Driver(t), "lsp")
		cmd.Stdin = strings.NewReader(input)
		out, err := cmd.CombinedOutput()
		status := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			status = exit.ExitCode()
		}
		wantStatus := map[bool]int{true: 2, false: 0}[want != ""]
		if strings.Contains(input, "exit") {
			wantStatus = 1
		}
		if status != wantStatus || !strings.Contains(string(out), want) || want == "" && len(out) > 0 {
			t.Errorf("%.40q: status %d, %s", input, status, out)
		}
	}
}
