package dap

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	godap "github.com/google/go-dap"
)

// sentence is a connection with an editor that has sent everything and reads everything.
type sentence struct {
	io.Reader
	bytes.Buffer
}

func (s *sentence) Read(p []byte) (int, error) { return s.Reader.Read(p) }
func (s *sentence) Close() error               { return nil }

// requests are messages for an editor's session, from text with one in each line.
func requests(lines string) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(lines) {
		_ = godap.WriteBaseMessage(&b, []byte(strings.TrimSpace(line))) // a buffer takes everything
	}
	return b.Bytes()
}

const launching = `{"seq": 1, "type": "request", "command": "initialize", "arguments": {"linesStartAt1": false}}
{"seq": 2, "type": "request", "command": "setBreakpoints", "arguments": {"source": {"path": "/x.star"}, "breakpoints": [{"line": 1, "condition": "x >"}, {"line": -9}, {}]}}
{"seq": 3, "type": "request", "command": "setDataBreakpoints", "arguments": {"breakpoints": [{"dataId": "x"}, {"dataId": ""}]}}
{"seq": 4, "type": "request", "command": "dataBreakpointInfo", "arguments": {"variablesReference": 99, "name": "x"}}
{"seq": 5, "type": "request", "command": "setExceptionBreakpoints", "arguments": {"filters": ["failures", "x"]}}
{"seq": 6, "type": "request", "command": "breakpointLocations", "arguments": {"source": {}, "line": 1, "endLine": 99999999}}
{"seq": 7, "type": "request", "command": "launch", "arguments": {"program": "/x.star", "token": "secret", "env": {"a": null}}}
{"seq": 8, "type": "request", "command": "configurationDone"}
{"seq": 9, "type": "request", "command": "variables", "arguments": {"variablesReference": 1}}
{"seq": 10, "type": "request", "command": "evaluate", "arguments": {"expression": "x", "frameId": -1}}
{"seq": 11, "type": "request", "command": "cancel", "arguments": {"requestId": 10}}
{"seq": 12, "type": "request", "command": "pause"}
{"seq": 13, "type": "request", "command": "disconnect"}`

// FuzzServe: whatever an editor sends, what it gets are whole messages, and the session ends when it has said all.
func FuzzServe(f *testing.F) {
	f.Add(requests(launching))
	f.Add(requests("[]\n{}\n{\"type\": \"request\", \"command\": \"launch\", \"arguments\": 5}\n{\"type\": \"request\", \"command\": \"x\"}"))
	f.Add([]byte("Content-Length: 99999999999999999999\r\n\r\n"))
	f.Add([]byte("Content-Length: 5\r\n\r\n{"))
	o := Options{
		Prepare: func(Launch) (Start, error) {
			return func(ctx context.Context, _ Run) (int, error) {
				<-ctx.Done()
				return 1, context.Cause(ctx)
			}, nil
		},
		Lines:       func(string) ([]int, error) { return []int{1, 3}, nil },
		Interrupted: errors.New("interrupted"),
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn := &sentence{Reader: bytes.NewReader(sent)}
		_ = Serve(t.Context(), conn, o)
		for r := bufio.NewReader(&conn.Buffer); ; {
			data, err := godap.ReadBaseMessage(r)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("the editor can't read what it gets: %v", err)
			}
			if _, err := godap.DecodeProtocolMessage(data); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
		}
	})
}

// FuzzGate: without the token nothing but a request to initialize comes through, however its reader reads JSON.
func FuzzGate(f *testing.F) {
	f.Add(requests(launching))
	f.Add(requests(strings.ReplaceAll(launching, "secret", "guess")))
	f.Add(requests("{\"command\": \"evaluate\", \"Command\": \"initialize\", \"command\": \"launch\", \"COMMAND\": \"initialize\"}"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		// What ended it makes no difference.
		got, _ := io.ReadAll(Gate(&sentence{Reader: bytes.NewReader(sent)}, "a token that nobody guesses"))
		for r := bufio.NewReader(bytes.NewReader(got)); ; {
			data, err := godap.ReadBaseMessage(r)
			if errors.Is(err, io.EOF) {
				return
			}
			var m map[string]json.RawMessage
			if err == nil {
				err = json.Unmarshal(data, &m)
			}
			once, _ := json.Marshal(m) // without keys that stand twice
			for key := range m {
				if err != nil || string(m["command"]) != `"initialize"` || strings.EqualFold(key, "command") && key != "command" || len(once) != len(data) {
					t.Fatalf("%q, %v came through", data, err)
				}
			}
		}
	})
}
