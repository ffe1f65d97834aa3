package attach

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
)

// peer sends to the other end, and reads all that comes from there.
func peer(conn net.Conn, sent []byte) {
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	go func() {
		_, _ = conn.Write(sent) // the other end may close
		_ = conn.Close()
	}()
}

// FuzzClient: whatever a client sends, the run gets whole statements, and the end.
func FuzzClient(f *testing.F) {
	f.Add([]byte("print(1)\r\nif x:\n  y\n\nz\n"))
	f.Add([]byte("a\vb\v\n\x03\n(\n\x00\xff"))
	f.Add([]byte("half\x03\x03whole\n'''\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn, client := net.Pipe()
		e := newEditor(t.Context(), conn)
		peer(client, sent)
		for n := 1; ; n++ {
			text, err := e.Read(t.Context(), "> ", nil)
			if err != nil {
				break
			}
			// Our client, which sends several lines as one, sends whole statements.
			if n > bytes.Count(sent, []byte("\n")) || strings.ContainsAny(text, lineMark+"\x03") || !bytes.Contains(sent, []byte(lineMark)) && !repl.Complete(text) {
				t.Errorf("statement %d is %q", n, text)
			}
		}
		if !e.gone() {
			t.Error("the end of the client was not noticed")
		}
		e.close()
	})
}

// FuzzRun: whatever a run sends, the client shows its text and its prompts, and ends with it.
func FuzzRun(f *testing.F) {
	f.Add([]byte("text\x00> \x00more\x00... \x00"))
	f.Add([]byte("\x00\x00\x00half"))
	f.Add([]byte("\x1b[31m\xff"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn, run := net.Pipe()
		defer conn.Close()
		peer(run, sent)
		var out bytes.Buffer
		from, prompts := bufio.NewReader(conn), ""
		for {
			prompt, err := show(t.Context(), conn, from, &out)
			if err != nil {
				break
			}
			prompts += prompt
		}
		parts := bytes.Split(sent, []byte(promptMark))
		text, between := "", ""
		for i, p := range parts {
			if i%2 == 0 {
				text += string(p)
			} else if i+1 < len(parts) {
				between += string(p)
			}
		}
		if out.String() != text || prompts != between {
			t.Errorf("text %q and prompts %q, want %q and %q", &out, prompts, text, between)
		}
	})
}
