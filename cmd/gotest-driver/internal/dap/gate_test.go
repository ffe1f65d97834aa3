package dap

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	godap "github.com/google/go-dap"
)

// TestGate: what an editor sends before it gives the token waits; a wrong token, or what is no editor, ends the connection, and
// nothing but the request initialize has come through.
func TestGate(t *testing.T) {
	message := func(command, arguments string) string {
		return `{"seq": 7, "type": "request", "command": "` + command + `", "arguments": ` + arguments + `}`
	}
	hello, launch := message("initialize", "{}"), message("launch", `{"program": "x.star", "token": "secret"}`)
	many := []string{hello}
	for range maxHeld + 1 {
		many = append(many, message("evaluate", "{}"))
	}
	for name, c := range map[string]struct {
		sent    []string
		want    []string // commands that come through
		refused bool
	}{
		"the token":            {[]string{hello, launch, message("threads", "{}")}, []string{"initialize", "launch", "threads"}, false},
		"settings first":       {[]string{hello, message("setBreakpoints", "{}"), launch}, []string{"initialize", "setBreakpoints", "launch"}, false},
		"attach":               {[]string{hello, message("attach", `{"token": "secret"}`)}, []string{"initialize", "attach"}, false},
		"no token":             {[]string{hello, message("launch", `{"program": "x.star"}`), launch}, []string{"initialize"}, true},
		"a wrong token":        {[]string{hello, message("launch", `{"token": "secre"}`), launch}, []string{"initialize"}, true},
		"a token of no string": {[]string{hello, message("launch", `{"token": ["secret"]}`), launch}, []string{"initialize"}, true},
		"no arguments":         {[]string{hello, `{"seq": 7, "type": "request", "command": "launch"}`}, []string{"initialize"}, true},
		"evaluate only":        {many, []string{"initialize"}, true},
		"initialize twice":     {[]string{hello, hello, launch}, []string{"initialize", "initialize", "launch"}, false},
		"launch first":         {[]string{launch}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			editor, conn := net.Pipe()
			gate := Gate(conn, "secret")
			answers := make(chan string, 1)
			go func() {
				var last godap.ErrorResponse
				r := bufio.NewReader(editor)
				for {
					data, err := godap.ReadBaseMessage(r)
					if err != nil || json.Unmarshal(data, &last) != nil {
						answers <- last.Message
						return
					}
				}
			}()
			go func() {
				for _, m := range c.sent {
					if godap.WriteBaseMessage(editor, []byte(m)) != nil {
						return
					}
				}
				if !c.refused {
					_ = editor.Close()
				}
			}()
			var got []string
			var end error
			in := bufio.NewReader(gate)
			for {
				data, err := godap.ReadBaseMessage(in)
				if err != nil {
					end = err
					break
				}
				var r godap.Request
				if err := json.Unmarshal(data, &r); err != nil || strings.Contains(string(data), "token") {
					t.Errorf("%s: %v", data, err)
				}
				got = append(got, r.Command)
			}
			_ = gate.Close()
			_ = editor.Close()
			if strings.Join(got, " ") != strings.Join(c.want, " ") {
				t.Errorf("%v came through, want %v", got, c.want)
			}
			if c.refused != errors.Is(end, errNoToken) || !c.refused && !errors.Is(end, io.EOF) {
				t.Errorf("it ended with %v", end)
			}
			if answer := <-answers; c.refused != strings.Contains(answer, `needs "token"`) {
				t.Errorf("the editor was told %q", answer)
			}
		})
	}
	// A page that the user's browser shows can send this.
	web, conn := net.Pipe()
	go func() {
		_, _ = io.WriteString(web, "POST / HTTP/1.1\r\nHost: localhost:4711\r\nContent-Length: 100\r\n\r\n"+launch)
		_ = web.Close()
	}()
	if data, err := io.ReadAll(Gate(conn, "secret")); err == nil || len(data) > 0 {
		t.Errorf("HTTP brings %q, %v", data, err)
	}
	_ = conn.Close()
}
