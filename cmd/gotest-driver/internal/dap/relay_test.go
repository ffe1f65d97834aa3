package dap

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	godap "github.com/google/go-dap"
)

// dialRelay connects as a debugger would, and answers the question for the token.
func dialRelay(t *testing.T, port int, token any) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	in := bufio.NewReader(conn)
	data, err := godap.ReadBaseMessage(in)
	if err != nil || !strings.Contains(string(data), `"pydevdAuthorize"`) {
		t.Fatalf("%s, %v", data, err)
	}
	for _, m := range []map[string]any{
		{"seq": 1, "type": "event", "event": "output"},
		{"seq": 2, "type": "response", "request_seq": 1, "command": "pydevdAuthorize", "success": true, "body": map[string]any{"clientAccessToken": token}},
	} {
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := godap.WriteBaseMessage(conn, data); err != nil {
			t.Fatal(err)
		}
	}
	return conn, in
}

// startRelay serves an editor's connection. The channel gets the error of that.
func startRelay(t *testing.T) (r *Relay, editor net.Conn, port int, token string, served chan error) {
	t.Helper()
	editor, relayed := net.Pipe()
	t.Cleanup(func() { editor.Close() })
	r = NewRelay(relayed)
	port, token, err := r.Listen()
	if err != nil {
		t.Fatal(err)
	}
	served = make(chan error, 1)
	go func() { served <- r.Serve(t.Context(), "/lib", func() {}) }()
	return r, editor, port, token, served
}

// TestRelayToken: other users who connect first, say nothing, a wrong token or a message without end, get nothing of the
// editor's, and do not keep the script's debugger out.
func TestRelayToken(t *testing.T) {
	r, editor, port, token, served := startRelay(t)
	silent, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	endless, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer endless.Close()
	if _, err := io.WriteString(endless, "Content-Length: 999999999999\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []any{"", nil, "x" + token[1:] + "y", 4711} {
		_, in := dialRelay(t, port, wrong)
		if rest, err := in.ReadByte(); err == nil {
			t.Errorf("the token %v gives %q", wrong, rest)
		}
	}
	_, in := dialRelay(t, port, token)
	go func() {
		_ = godap.WriteBaseMessage(editor, []byte(`{"seq":1,"type":"request","command":"initialize"}`)) // the test fails below
	}()
	if data, err := godap.ReadBaseMessage(in); err != nil || !strings.Contains(string(data), `"initialize"`) {
		t.Errorf("the debugger gets %s, %v", data, err)
	}
	editor.Close()
	select {
	case err := <-served:
		if err != nil || !r.Attached() {
			t.Errorf("served with %v, attached %v", err, r.Attached())
		}
	case <-time.After(time.Minute):
		t.Error("it goes on after the editor's end")
	}
}

// TestRelayManyLaunches: an editor that asks again and again, while the debugger does not answer, keeps nothing from ending.
func TestRelayManyLaunches(t *testing.T) {
	_, editor, port, token, served := startRelay(t)
	conn, in := dialRelay(t, port, token)
	for i := range 40 {
		if err := godap.WriteBaseMessage(editor, fmt.Appendf(nil, `{"seq":%d,"type":"request","command":"launch"}`, i)); err != nil {
			t.Fatal(err)
		}
		if data, err := godap.ReadBaseMessage(in); err != nil || !strings.Contains(string(data), `"attach"`) {
			t.Fatalf("the debugger gets %s, %v", data, err)
		}
	}
	conn.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestRelayClose: a script that ends before its debugger has connected leaves nothing behind.
func TestRelayClose(t *testing.T) {
	r, _, _, _, served := startRelay(t)
	r.Close()
	select {
	case err := <-served:
		if err != nil || r.Attached() {
			t.Errorf("served with %v, attached %v", err, r.Attached())
		}
	case <-time.After(time.Minute):
		t.Error("it waits")
	}
}
