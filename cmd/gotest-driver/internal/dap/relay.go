package dap

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	godap "github.com/google/go-dap"
)

// Relay connects an editor to a debugger that serves the protocol itself and must be attached to the script's process:
// debugpy. The editor shows text that is written to the relay.
type Relay struct {
	editor   io.ReadWriteCloser
	listener net.Listener
	token    string
	attached bool

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

// Listen returns the port of 127.0.0.1 at which Serve waits for the script's debugger, and the token that it must give. The
// debugger connects here, since a port of its own would serve whoever comes first. The caller calls Close.
func (r *Relay) Listen() (port int, token string, err error) {
	if r.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return 0, "", err
	}
	r.token = rand.Text()
	return r.listener.Addr().(*net.TCPAddr).Port, r.token, nil
}

// Close ends the wait for a debugger.
func (r *Relay) Close() {
	if r.listener != nil {
		r.listener.Close()
	}
}

// debuggee is the connection to the script's debugger.
type debuggee struct {
	net.Conn
	in *bufio.Reader
}

// accept waits for the debugger. Any user of the machine can connect, and none of them can keep it from doing so.
func (r *Relay) accept() (*debuggee, error) {
	found, over := make(chan *debuggee, 1), make(chan struct{})
	var err error
	go func() {
		defer close(over)
		var all sync.WaitGroup
		for {
			var conn net.Conn
			if conn, err = r.listener.Accept(); err != nil {
				break
			}
			all.Go(func() {
				d := &debuggee{conn, bufio.NewReader(conn)}
				_ = conn.SetDeadline(time.Now().Add(authTimeout)) // TCP has deadlines
				if d.authorize(r.token) != nil {
					conn.Close()
					return
				}
				_ = conn.SetDeadline(time.Time{})
				select {
				case found <- d:
				default: // there is one
					conn.Close()
				}
			})
		}
		all.Wait()
	}()
	select {
	case d := <-found:
		r.Close()
		return d, nil
	case <-over:
		return nil, fmt.Errorf("debugpy has not connected: %w", err)
	}
}

// authTimeout bounds the wait for the token of what has connected.
const authTimeout = 10 * time.Second

// authorize asks what has connected for the token, by debugpy's own request.
func (d *debuggee) authorize(token string) error {
	r := godap.Request{Command: "pydevdAuthorize"}
	r.Seq, r.Type = 1, "request"
	m := struct {
		godap.Request
		Arguments map[string]any `json:"arguments"`
	}{r, map[string]any{"debugServerAccessToken": nil}} // debugpy asks for none of its own
	data, err := json.Marshal(m)
	if err == nil {
		err = godap.WriteBaseMessage(d, data)
	}
	for err == nil {
		if data, err = readSmall(d.in); err != nil {
			break
		}
		var answer struct {
			Command string `json:"command"`
			Body    struct {
				Token string `json:"clientAccessToken"`
			} `json:"body"`
		}
		if err = json.Unmarshal(data, &answer); err != nil || answer.Command != r.Command {
			continue // an event
		}
		if subtle.ConstantTimeCompare([]byte(answer.Body.Token), []byte(token)) != 1 {
			return errNoToken
		}
		return nil
	}
	return err
}

// Serve waits for the debugger and passes messages on until it or the editor ends; it calls gone when the editor ends. It
// closes the editor's connection, unless no debugger has come before Close. library is a directory whose code is not stepped
// into.
func (r *Relay) Serve(ctx context.Context, library string, gone func()) error {
	conn, err := r.accept()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	if err != nil {
		return err
	}
	r.attached = true
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var reader sync.WaitGroup
	var mu sync.Mutex
	launches := map[int]bool{} // numbers of launch requests
	reader.Go(func() {
		defer gone()
		defer conn.Close()
		in := bufio.NewReader(r.editor)
		for {
			data, err := godap.ReadBaseMessage(in)
			if err != nil {
				return
			}
			data, launch, err := attaching(data, library)
			if err != nil {
				return
			}
			if launch != nil {
				mu.Lock()
				launches[*launch] = true
				mu.Unlock()
			}
			if err := godap.WriteBaseMessage(conn, data); err != nil {
				return
			}
		}
	})
	for {
		data, err := godap.ReadBaseMessage(conn.in)
		if err != nil {
			break // the script or the editor has ended
		}
		var head struct {
			Type string `json:"type"`
			To   int    `json:"request_seq"`
		}
		_ = json.Unmarshal(data, &head) // the editor reports malformed messages
		mu.Lock()
		launch := launches[head.To]
		mu.Unlock()
		if head.Type == "response" && launch {
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

// Attached reports, when Serve has ended, whether the debugger has come.
func (r *Relay) Attached() bool { return r.attached }

// attaching turns a launch request into an attach request, because the script already runs, and waits. launch is the number
// of such a request, nil for other messages.
func attaching(data []byte, library string) (out []byte, launch *int, err error) {
	var head struct {
		Seq     int    `json:"seq"`
		Type    string `json:"type"`
		Command string `json:"command"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, nil, err
	}
	if head.Type != "request" || head.Command != "launch" {
		return data, nil, nil
	}
	rules, err := json.Marshal([]map[string]any{{"path": library + "/**", "include": false}})
	if err != nil {
		return nil, nil, err
	}
	return rewritten(data, func(m map[string]json.RawMessage) {
		m["command"] = json.RawMessage(`"attach"`)
		m["arguments"] = rewritten(m["arguments"], func(a map[string]json.RawMessage) {
			a["rules"] = rules
			for _, name := range []string{"program", "module", "code", "console", "python", "args", "cwd", "env"} { // of starting a process
				delete(a, name)
			}
		})
	}), &head.Seq, nil
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
