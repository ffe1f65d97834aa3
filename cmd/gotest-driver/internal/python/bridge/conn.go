package bridge

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"

	"go.starlark.net/starlark"
	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/script"
)

// The kinds of messages, the same as in _bridge.py: from Python, and to Python.
const (
	msgCall = iota
	msgGet
	msgEnter
	msgExit
	msgPrint
	msgReady
	msgBroken
	msgEnd
	msgChecked
	msgDebugger
)

const (
	msgReturn = iota + 10
	msgRaise
	msgCallback
	msgSync // from Python: a question whose answer says that all before it is handled
)

// maxMessage limits the length of a message.
const maxMessage = 1 << 31

// conn is the connection of a Python thread. One goroutine serves it; questions and answers alternate.
type conn struct {
	p      *Process
	key    threadKey
	socket *net.UnixConn
	in     *bufio.Reader
	thread *script.RemoteThread // nil before the script runs
	asked  int                  // the number of questions so far, which Python counts too
}

// threadKey identifies a thread's connection: process id and Python's number.
type threadKey struct{ pid, id string }

// send writes a message.
func (c *conn) send(parts ...starlark.Value) error {
	e := &encoder{out: make([]byte, 4, 256), refs: c.p}
	if err := e.value(starlark.Tuple(parts)); err != nil {
		return err
	}
	return c.write(e.out)
}

func (c *conn) write(frame []byte) error {
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	_, err := c.socket.Write(frame)
	return err
}

// sendResult answers with a value.
func (c *conn) sendResult(v starlark.Value) error {
	e := &encoder{out: make([]byte, 4, 256), refs: c.p}
	e.out = append(e.out, '(')
	e.size(3)
	if err := errors.Join(e.value(starlark.MakeInt(msgReturn)), e.value(v)); err != nil {
		return c.sendError(err)
	}
	if err := e.value(starlark.Bool(e.hasRefs)); err != nil {
		return err
	}
	return c.write(e.out)
}

// sendError answers with an error to raise in Python.
func (c *conn) sendError(err error) error {
	if c.p.ctx.Err() != nil {
		err = c.p.remote.EndError() // replaces any other error
	}
	kind, text := c.p.kindOf(err), said(err)
	if skip := script.IsSkip(err); skip != nil {
		text = skip.Reason
	}
	detail := starlark.Value(starlark.None)
	if refused, ok := errors.AsType[*qmp.Error](err); ok {
		e := new(starlark.Dict)
		_ = e.SetKey(starlark.String("class"), starlark.String(refused.Class)) // a new dict accepts string keys
		_ = e.SetKey(starlark.String("desc"), starlark.String(refused.Desc))
		answer := new(starlark.Dict)
		_ = answer.SetKey(starlark.String("error"), e)
		detail = answer
	}
	own, exact := 0, false
	var raised *raisedError
	if errors.As(err, &raised) {
		own, exact = raised.own, isExactly(err, raised)
	}
	return c.send(starlark.MakeInt(msgRaise), starlark.String(kind), starlark.String(text),
		starlark.MakeInt(c.p.keepError(err)), starlark.MakeInt(own), starlark.Bool(exact), detail)
}

// receive reads a message. io.EOF means that the thread ended.
func (c *conn) receive() (starlark.Tuple, error) {
	for {
		msg, err := c.next()
		var bad *valueError
		if !errors.As(err, &bad) {
			return msg, err
		}
		c.asked++
		if err := c.sendError(bad); err != nil { // only questions contain such values
			return nil, err
		}
	}
}

func (c *conn) next() (starlark.Tuple, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return nil, io.EOF // also a process that was killed
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxMessage {
		return nil, errFormat
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(c.in, data); err != nil {
		return nil, io.EOF
	}
	d := &decoder{in: data, refs: c.p}
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	msg, ok := v.(starlark.Tuple)
	if !ok || len(msg) == 0 {
		return nil, errFormat
	}
	return msg, nil
}

// question reads a message before the script runs, and keeps the output before it.
func (c *conn) question() (*question, error) {
	for {
		msg, err := c.receive()
		if err != nil {
			return nil, err
		}
		if msg[0] != starlark.MakeInt(msgPrint) {
			c.asked++
			return &question{rest: msg}, nil
		}
		if len(msg) > 1 {
			text, _ := starlark.AsString(msg[1])
			c.p.print(strings.ToValidUTF8(text, "\ufffd"))
		}
	}
}

// serve answers questions until the thread ends.
func (c *conn) serve() {
	for {
		msg, err := c.receive()
		if err == nil {
			err = c.handle(msg)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) {
				c.p.broken(err)
			}
			return
		}
	}
}
