package lsp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"testing"
)

// talk is a connection with an editor that has sent everything and reads everything.
type talk struct {
	io.Reader
	answers bytes.Buffer
}

func (s *talk) Write(p []byte) (int, error) { return s.answers.Write(p) }
func (s *talk) Close() error                { return nil }

// FuzzServe: whatever an editor sends, what it gets are whole messages, and the session ends when it has said all.
func FuzzServe(f *testing.F) {
	var all bytes.Buffer
	for _, m := range []string{
		`{"id": 1, "method": "initialize", "params": {"processId": null, "rootUri": null, "capabilities": {}}}`,
		`{"method": "initialized", "params": {}}`,
		`{"method": "textDocument/didOpen", "params": {"textDocument": {"uri": "file:///none/a.star", "languageId": "starlark", "version": 1, "text": "m.succeed(\"ä\")\ndef f(x):\n  return x\n"}}}`,
		`{"method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///none/a.star", "version": 2}, "contentChanges": [{"range": {"start": {"line": 9, "character": 4000000000}, "end": {"line": 0, "character": 0}}, "text": "𝄞"}]}}`,
		`{"id": 2, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///none/a.star"}, "position": {"line": 0, "character": 3}}}`,
		`{"id": 3, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///none/a.star"}, "position": {"line": 1, "character": 99}}}`,
		`{"id": 4, "method": "textDocument/rename", "params": {"textDocument": {"uri": "file:///none/a.star"}, "position": {"line": 1, "character": 6}, "newName": "if"}}`,
		`{"id": 5, "method": "textDocument/formatting", "params": {"textDocument": {"uri": "untitled:x"}, "options": {}}}`,
		`{"id": "x", "method": "textDocument/semanticTokens/full", "params": []}`,
		`{"id": 6, "method": "shutdown"}`,
		`{"method": "exit"}`,
	} {
		m = `{"jsonrpc": "2.0", ` + m[1:]
		fmt.Fprintf(&all, "Content-Length: %d\r\n\r\n%s", len(m), m)
	}
	f.Add(all.Bytes())
	f.Add([]byte("Content-Length: 99999999999999999999\r\n\r\n"))
	f.Add([]byte("Content-Length: 1099511627776\r\n\r\n{"))
	f.Add([]byte("Content-Length: 2\r\nContent-Length: -1\r\n\r\n[]"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn := &talk{Reader: bytes.NewReader(sent)}
		_ = Serve(t.Context(), conn, Options{Machines: []string{"m"}})
		for r := bufio.NewReader(&conn.answers); ; {
			head, err := textproto.NewReader(r).ReadMIMEHeader()
			if errors.Is(err, io.EOF) && len(head) == 0 {
				return
			}
			size, err := strconv.Atoi(head.Get("Content-Length"))
			if err == nil {
				_, err = r.Discard(size)
			}
			if err != nil {
				t.Fatalf("the editor can't read what it gets: %v", err)
			}
		}
	})
}
