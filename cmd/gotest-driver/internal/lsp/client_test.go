package lsp

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

func TestMain(m *testing.M) { buildtest.Main(m) }

// client speaks to the built program as an editor does.
type client struct {
	t       testing.TB
	in      io.WriteCloser
	out     *bufio.Reader
	cmd     *exec.Cmd
	id      int
	pending []map[string]any // notifications that came while waiting for an answer
	asked   []map[string]any // requests of the server, which were answered with null
}

func start(t testing.TB, args ...string) *client {
	t.Helper()
	cmd := exec.Command(buildtest.Driver(t), append([]string{"lsp"}, args...)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, in: in, out: bufio.NewReader(out), cmd: cmd}
	timer := time.AfterFunc(10*time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		c.call("shutdown", nil)
		c.notify("exit", nil)
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
		timer.Stop()
	})
	// What Neovim 0.7 sends, shortened.
	c.call("initialize", map[string]any{"processId": os.Getpid(), "rootUri": nil, "clientInfo": map[string]any{"name": "Neovim", "version": "0.7.2"},
		"capabilities": map[string]any{"textDocument": map[string]any{"completion": map[string]any{"completionItem": map[string]any{"snippetSupport": false}}},
			"workspace": map[string]any{"didChangeWatchedFiles": map[string]any{"dynamicRegistration": true}}}})
	c.notify("initialized", map[string]any{})
	return c
}

func (c *client) send(m map[string]any) {
	m["jsonrpc"] = "2.0"
	b, err := json.Marshal(m)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c.in, "Content-Length: %d\r\n\r\n%s", len(b), b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) notify(method string, params any) {
	c.send(map[string]any{"method": method, "params": params})
}

func (c *client) receive() map[string]any {
	length := 0
	for {
		line, err := c.out.ReadString('\n')
		if err != nil {
			c.t.Fatal(err)
		}
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(v)
		}
	}
	b := make([]byte, length)
	if _, err := io.ReadFull(c.out, b); err != nil {
		c.t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		c.t.Fatal(err)
	}
	if m["method"] != nil && m["id"] != nil {
		c.asked = append(c.asked, m)
		c.send(map[string]any{"id": m["id"], "result": nil})
		return c.receive()
	}
	return m
}

func (c *client) call(method string, params any) any {
	c.t.Helper()
	result, err := c.try(method, params)
	if err != nil {
		c.t.Errorf("%s: %v", method, err)
	}
	return result
}

// try is a request whose answer may be an error.
func (c *client) try(method string, params any) (result, err any) {
	c.id++
	c.send(map[string]any{"id": c.id, "method": method, "params": params})
	for {
		m := c.receive()
		if m["method"] == nil {
			return m["result"], m["error"]
		}
		c.pending = append(c.pending, m)
	}
}

// diagnostics are those that are published next for a file.
func (c *client) diagnostics(uri string) []any {
	list, _ := c.published(uri)
	return list
}

func (c *client) published(uri string) (list []any, version int) {
	for {
		var m map[string]any
		if len(c.pending) > 0 {
			m, c.pending = c.pending[0], c.pending[1:]
		} else {
			m = c.receive()
		}
		if p, ok := m["params"].(map[string]any); ok && m["method"] == "textDocument/publishDiagnostics" && p["uri"] == uri {
			v, _ := p["version"].(float64)
			return p["diagnostics"].([]any), int(v)
		}
	}
}

func (c *client) open(uri, text string) []any {
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "starlark", "version": 1, "text": text}})
	return c.diagnostics(uri)
}

// change changes the text and gives what is found in it then.
func (c *client) change(uri string, version, line, char, endLine, endChar int, text string) []any {
	c.edit(uri, version, line, char, endLine, endChar, text)
	for {
		if list, v := c.published(uri); v == version {
			return list
		}
	}
}

func (c *client) edit(uri string, version, line, char, endLine, endChar int, text string) {
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": version},
		"contentChanges": []any{map[string]any{"range": rng(line, char, endLine, endChar), "text": text}}})
}

func pos(line, char int) map[string]any { return map[string]any{"line": line, "character": char} }

func rng(l, c, el, ec int) map[string]any {
	return map[string]any{"start": pos(l, c), "end": pos(el, ec)}
}

func at(uri string, line, char int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": pos(line, char)}
}

// text is any answer as JSON, to look for words in it.
func text(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return strings.TrimSpace(b.String())
}
