package dap

import (
	"bufio"
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	godap "github.com/google/go-dap"
)

// errNoToken is the error of a connection whose launch request lacks the token.
var errNoToken = errors.New(`the editor did not give the token: its launch configuration needs "token" as this program told it on its standard error`)

// maxHeld limits the requests that may come before the launch request.
const maxHeld = 64

// Gate returns a connection that passes nothing on before a launch or attach request has the token in its arguments, except
// for the request initialize, which an editor sends first. Other requests wait. A wrong token ends the connection: a launch
// request runs commands, and every user of the machine can connect to a port.
func Gate(conn io.ReadWriteCloser, token string) io.ReadWriteCloser {
	return &gate{Closer: conn, conn: conn, in: bufio.NewReader(conn), token: token}
}

type gate struct {
	io.Closer
	conn  io.Writer
	in    *bufio.Reader
	token string

	next  []byte   // what Read returns next
	held  [][]byte // requests that wait
	begun bool     // initialize has come
	open  bool     // the token has come

	mu     sync.Mutex // of writing
	header []byte     // of the message whose content is written next
}

// Read returns what the editor sends.
func (g *gate) Read(p []byte) (int, error) {
	for len(g.next) == 0 {
		if g.open {
			return g.in.Read(p)
		}
		if err := g.admit(); err != nil {
			return 0, err
		}
	}
	n := copy(p, g.next)
	g.next = g.next[n:]
	return n, nil
}

// admit reads a message of an editor that has not given the token.
func (g *gate) admit() error {
	data, err := readSmall(g.in)
	if err != nil {
		return err
	}
	var r struct {
		godap.Request
		Arguments map[string]json.RawMessage `json:"arguments,omitempty"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("what connected is no editor: %w", err)
	}
	switch {
	case !g.begun && r.Command == "initialize":
		g.begun = true
		data, err := json.Marshal(r) // what was understood, since another reader may take "Command" or a second "command" otherwise
		if err != nil {
			return err
		}
		g.pass(data)
		return nil
	case g.begun && (r.Command == "launch" || r.Command == "attach"):
		var token string
		if json.Unmarshal(r.Arguments["token"], &token) == nil && subtle.ConstantTimeCompare([]byte(token), []byte(g.token)) == 1 {
			g.open = true
			for _, held := range g.held {
				g.pass(held)
			}
			g.held = nil
			g.pass(rewritten(data, func(m map[string]json.RawMessage) {
				m["arguments"] = rewritten(m["arguments"], func(a map[string]json.RawMessage) { delete(a, "token") })
			}))
			return nil
		}
	case g.begun && r.Command != "disconnect" && len(g.held) < maxHeld:
		g.held = append(g.held, data)
		return nil
	}
	m := &godap.ErrorResponse{}
	m.Type, m.RequestSeq, m.Command, m.Message = "response", r.Seq, r.Command, errNoToken.Error()
	m.Body.Error = &godap.ErrorMessage{Id: 1, Format: m.Message, ShowUser: true}
	var b bytes.Buffer
	_ = godap.WriteProtocolMessage(&b, m) // a buffer takes everything
	g.mu.Lock()
	defer g.mu.Unlock()
	_, _ = g.conn.Write(b.Bytes()) // an editor that has ended needs no answer
	return errNoToken
}

func (g *gate) pass(data []byte) {
	var b bytes.Buffer
	_ = godap.WriteBaseMessage(&b, data) // a buffer takes everything
	g.next = append(g.next, b.Bytes()...)
}

// Write writes whole messages, so that a refusal does not stand in the middle of another one. Each call has a header or a
// content, as godap writes them.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if bytes.HasSuffix(p, []byte("\r\n\r\n")) {
		g.header = bytes.Clone(p)
		return len(p), nil
	}
	_, err := g.conn.Write(append(g.header, p...))
	g.header = nil
	return len(p), err
}

// maxSmall is the longest message, in bytes, of one who has not given the token.
const maxSmall = 1 << 20

// readSmall reads a message. It takes no memory for one that is said to be longer than maxSmall.
func readSmall(in *bufio.Reader) ([]byte, error) {
	header, err := in.Peek(1)
	for n := 1; err == nil && !bytes.HasSuffix(header, []byte("\r\n\r\n")); n++ {
		header, err = in.Peek(n)
	}
	if err != nil {
		return nil, err
	}
	_, size, _ := bytes.Cut(header, []byte("Content-Length: "))
	size, _, _ = bytes.Cut(size, []byte("\r\n"))
	if n, err := strconv.Atoi(string(size)); err != nil || n > maxSmall {
		return nil, fmt.Errorf("what connected sends a message of %q bytes: at most %d are taken before the token", size, maxSmall)
	}
	return godap.ReadBaseMessage(in)
}
