package dap

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"

	godap "github.com/google/go-dap"
)

// Relay connects an editor to a debugger that serves the protocol itself and must be attached to the script's process:
// debugpy. The editor shows text that is written to the relay.
type Relay struct {
	editor io.ReadWriteCloser

	mu sync.Mutex // of writing to the editor
}

// NewRelay returns a relay for an editor.
func NewRelay(editor io.ReadWriteCloser) *Relay { return &Relay{editor: editor} }

// Write shows text.
func (r *Relay) Write(p []byte) (int, error) {
	e := &godap.OutputEvent{Body: godap.OutputEventBody{Category: "stdout", Output: string(p)}}
	e.Type, e.Event.Event = "event", "output"
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(p), godap.WriteProtocolMessage(r.editor, e)
}

// Serve passes messages on until the debugger or the editor ends; it calls gone when the editor ends. It closes the editor's
// connection. library is a directory whose code is not stepped into.
func (r *Relay) Serve(ctx context.Context, address, library string, gone func()) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("debugpy can't be reached: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var reader sync.WaitGroup
	launch := make(chan int, 16) // numbers of launch requests
	reader.Go(func() {
		defer gone()
		defer conn.Close()
		in := bufio.NewReader(r.editor)
		for {
			data, err := godap.ReadBaseMessage(in)
			if err != nil {
				return
			}
			if data, err = attaching(data, library, launch); err != nil {
				return
			}
			if err := godap.WriteBaseMessage(conn, data); err != nil {
				return
			}
		}
	})
	launches := map[int]bool{}
	in := bufio.NewReader(conn)
	for {
		data, err := godap.ReadBaseMessage(in)
		if err != nil {
			break // the script or the editor has ended
		}
		var head struct {
			Type string `json:"type"`
			To   int    `json:"request_seq"`
		}
		_ = json.Unmarshal(data, &head) // the editor reports malformed messages
		for len(launch) > 0 {
			launches[<-launch] = true
		}
		if head.Type == "response" && launches[head.To] {
			data = rewritten(data, func(m map[string]json.RawMessage) { m["command"] = json.RawMessage(`"launch"`) })
		}
		r.mu.Lock()
		err = godap.WriteBaseMessage(r.editor, data)
		r.mu.Unlock()
		if err != nil {
			break
		}
	}
	err = r.editor.Close()
	reader.Wait()
	return err
}

// attaching turns a launch request into an attach request, because the script already runs, and waits.
func attaching(data []byte, library string, launch chan<- int) ([]byte, error) {
	var head struct {
		Seq     int    `json:"seq"`
		Type    string `json:"type"`
		Command string `json:"command"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	if head.Type != "request" || head.Command != "launch" {
		return data, nil
	}
	launch <- head.Seq
	rules, err := json.Marshal([]map[string]any{{"path": library + "/**", "include": false}})
	if err != nil {
		return nil, err
	}
	return rewritten(data, func(m map[string]json.RawMessage) {
		m["command"] = json.RawMessage(`"attach"`)
		m["arguments"] = rewritten(m["arguments"], func(a map[string]json.RawMessage) {
			a["rules"] = rules
			for _, name := range []string{"program", "module", "code", "console", "python", "args", "cwd", "env"} { // of starting a process
				delete(a, name)
			}
		})
	}), nil
}

// rewritten returns a JSON object with a change.
func rewritten(data []byte, change func(map[string]json.RawMessage)) []byte {
	m := map[string]json.RawMessage{}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &m); err != nil {
			return data
		}
	}
	change(m)
	out, err := json.Marshal(m)
	if err != nil {
		return data
	}
	return out
}

// Refuse answers the editor's first request with the reason why nothing can be debugged.
func (r *Relay) Refuse(reason string) {
	data, err := godap.ReadBaseMessage(bufio.NewReader(r.editor))
	if err != nil {
		return
	}
	var head godap.Request
	if json.Unmarshal(data, &head) != nil {
		return
	}
	m := &godap.ErrorResponse{}
	m.Type, m.RequestSeq, m.Command, m.Message = "response", head.Seq, head.Command, reason
	m.Body.Error = &godap.ErrorMessage{Id: 1, Format: "{text}", Variables: map[string]string{"text": reason}, ShowUser: true}
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = godap.WriteProtocolMessage(r.editor, m) // an editor that has ended needs no answer
}
