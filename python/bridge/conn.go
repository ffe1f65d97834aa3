package bridge

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"go.starlark.net/starlark"
	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/api"
	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

// What messages are, as _bridge.py has them: from Python, and to it.
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
)

// maxMessage bounds a message: what claims to be longer is none.
const maxMessage = 1 << 31

// conn is the connection of one of Python's threads. One goroutine serves it; questions and answers take turns.
type conn struct {
	p      *Process
	key    threadKey
	socket *net.UnixConn
	in     *bufio.Reader
	thread *script.RemoteThread // nil before the script runs
	asked  int                  // how many questions have come, as Python counts them
}

// threadKey names a thread's connection: process id and Python's number.
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

// sendError answers with what is raised in Python.
func (c *conn) sendError(err error) error {
	if c.p.ctx.Err() != nil {
		err = c.p.remote.EndError() // whatever was made of it
	}
	kind, text := c.p.kindOf(err), err.Error()
	own, exact := 0, false
	var raised *raisedError
	if errors.As(err, &raised) {
		own, exact = raised.own, isExactly(err, raised)
	}
	return c.send(starlark.MakeInt(msgRaise), starlark.String(kind), starlark.String(text),
		starlark.MakeInt(c.p.keepError(err)), starlark.MakeInt(own), starlark.Bool(exact))
}

// receive reads a message. io.EOF means that the thread has ended.
func (c *conn) receive() (starlark.Tuple, error) {
	for {
		msg, err := c.next()
		var bad *valueError
		if !errors.As(err, &bad) {
			return msg, err
		}
		c.asked++
		if err := c.sendError(bad); err != nil { // only questions have such values
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

// question reads a message before the script runs: what is printed meanwhile is kept.
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

// question is a message of Python's whose parts are taken one after the other. A part of the wrong kind is an error at the end.
type question struct {
	rest starlark.Tuple
	err  error
}

func (q *question) value() starlark.Value {
	if len(q.rest) == 0 {
		q.err = errFormat
		return starlark.None
	}
	v := q.rest[0]
	q.rest = q.rest[1:]
	return v
}

func (q *question) int() int {
	n, err := starlark.AsInt32(q.value())
	if err != nil {
		q.err = errFormat
	}
	return n
}

func (q *question) text() string {
	s, ok := starlark.AsString(q.value())
	if !ok {
		q.err = errFormat
	}
	return s
}

func (q *question) tuple() starlark.Tuple {
	t, ok := q.value().(starlark.Tuple)
	if !ok {
		q.err = errFormat
	}
	return t
}

// place is where the script is. Its line is read when somebody asks.
func (q *question) place(p *Process) func() *report.Source {
	at := &question{rest: q.tuple()}
	file, line, function := at.text(), at.int(), at.text()
	q.err = errors.Join(q.err, at.err)
	return func() *report.Source {
		if file == "" {
			return nil
		}
		src := p.source(file, line, 0, function)
		return &src
	}
}

// handle answers a question.
func (c *conn) handle(msg starlark.Tuple) error {
	q := &question{rest: msg}
	kind := q.int()
	if kind != msgPrint {
		c.asked++
	}
	switch kind {
	case msgPrint:
		text, machine := strings.ToValidUTF8(q.text(), "\ufffd"), q.text()
		switch {
		case q.err != nil:
		case machine != "":
			c.thread.Log(report.Event{Kind: report.Message, Level: report.Info, Machine: machine, Text: text})
		default:
			c.thread.Print(text)
		}
		return q.err
	case msgCall:
		at, target, name, args := q.place(c.p), q.int(), q.text(), q.tuple()
		kwargs, ok := q.value().(*starlark.Dict)
		if q.err != nil || !ok {
			return errors.Join(errFormat, q.err)
		}
		v, err := c.call(c.asked, at, target, name, args, kwargs)
		if err != nil {
			return c.sendError(err)
		}
		return c.sendResult(v)
	case msgGet:
		target, name := q.int(), q.text()
		if q.err != nil {
			return q.err
		}
		v, err := c.lookup(target, name)
		if err != nil {
			return c.sendError(err)
		}
		return c.sendResult(v)
	case msgEnter:
		at := q.place(c.p)
		action, text, machine, condition := q.text(), q.text(), q.text(), q.value()
		if q.err != nil {
			return q.err
		}
		n, err := c.enter(at, action, text, machine, condition)
		if err != nil {
			return c.sendError(err)
		}
		return c.sendResult(starlark.MakeInt(n))
	case msgExit:
		n := q.int()
		failed, _ := q.value().(starlark.Tuple)
		if q.err != nil {
			return q.err
		}
		var err error
		if failed != nil {
			q = &question{rest: failed}
			if err = c.p.raised(q); q.err != nil {
				return q.err
			}
		}
		if c.p.ctx.Err() != nil && err == nil {
			err = c.p.remote.EndError() // the script goes on all the same
		}
		c.thread.Exit(n, err)
		return c.sendResult(starlark.None)
	case msgEnd:
		if err := c.p.ended(c, q.value()); err != nil {
			return err
		}
		return c.sendResult(starlark.None)
	case msgDebugger:
		port := q.int()
		if q.err != nil || c.p.o.OnDebugger == nil {
			return errors.Join(errFormat, q.err)
		}
		c.p.o.OnDebugger(fmt.Sprintf("127.0.0.1:%d", port))
		return c.sendResult(starlark.None)
	default:
		return fmt.Errorf("%w: number %d", errFormat, kind)
	}
}

func (c *conn) enter(at func() *report.Source, action, text, machine string, condition starlark.Value) (int, error) {
	switch action {
	case "subtest":
		return c.thread.Enter(at, report.Entry{Action: report.ActionSubtest, Text: text}), nil
	case "condition":
		return c.thread.EnterCondition(condition)
	}
	return c.thread.Enter(at, report.Entry{Action: report.ActionNested, Text: text, Machine: machine}), nil
}

// lookup finds a member of an object, or of the predeclared names and their modules.
func (c *conn) lookup(target int, name string) (starlark.Value, error) {
	if target != 0 {
		o, err := c.p.object(target)
		if err != nil {
			return nil, err
		}
		return c.member(o, name)
	}
	module, member, dotted := strings.Cut(name, ".")
	v := c.p.names[module]
	if v == nil {
		return nil, fmt.Errorf("the driver has no %s", module)
	}
	if dotted {
		return c.member(v, member)
	}
	return v, nil
}

func (c *conn) member(v starlark.Value, name string) (starlark.Value, error) {
	holder, ok := v.(starlark.HasAttrs)
	if !ok {
		return nil, fmt.Errorf("%s has no %s", v, name)
	}
	m, err := c.thread.Attr(holder, name)
	if err == nil && m == nil {
		err = fmt.Errorf("%s has no %s%s", v, name, near.DidYouMean(name, holder.AttrNames()))
	}
	return m, err
}

func (c *conn) call(number int, at func() *report.Source, target int, name string, args starlark.Tuple, kwargs *starlark.Dict) (starlark.Value, error) {
	v, err := c.lookup(target, name)
	if err != nil {
		return nil, err
	}
	fn, ok := v.(starlark.Callable)
	if !ok {
		return nil, fmt.Errorf("%s is no function", name)
	}
	named := kwargs.Items()
	if b, ok := fn.(*script.Builtin); ok {
		fit(b.Function(), args, named)
	}
	return c.thread.Call(number, at, fn, args, named)
}

// fit makes lists of tuples and sets, and tuples of lists, where the declaration wants these: Python does not mind.
func fit(f *api.Function, args starlark.Tuple, kwargs []starlark.Tuple) {
	for i, v := range args {
		if i < len(f.Params) && f.Params[i].Kind == api.Positional {
			args[i] = fitted(v, f.Params[i].Type)
		}
	}
	for _, kw := range kwargs {
		name, _ := starlark.AsString(kw[0])
		if p := f.Param(name); p != nil {
			kw[1] = fitted(kw[1], p.Type)
		}
	}
}

func fitted(v starlark.Value, t *api.Type) starlark.Value {
	_, isList := v.(*starlark.List)
	_, isTuple := v.(starlark.Tuple)
	_, isSet := v.(*starlark.Set)
	switch {
	case isList && accepts(t, "tuple") && !accepts(t, "list"):
		return starlark.Tuple(slices.Collect(starlark.Elements(v.(starlark.Iterable))))
	case (isTuple || isSet) && accepts(t, "list") && !accepts(t, v.Type()):
		return starlark.NewList(slices.Collect(starlark.Elements(v.(starlark.Iterable))))
	}
	return v
}

// accepts tells whether a type, or one of several, has a name.
func accepts(t *api.Type, name string) bool {
	return t != nil && (t.Name == name || t.Name == "|" && slices.ContainsFunc(t.Args, func(a *api.Type) bool { return accepts(a, name) }))
}

// function is a function of the script's that the driver calls.
type function struct {
	number int
	name   string
}

var _ starlark.Callable = (*function)(nil)

func (f *function) String() string        { return "<function " + f.name + ">" }
func (f *function) Type() string          { return "function" }
func (f *function) Freeze()               {}
func (f *function) Truth() starlark.Bool  { return true }
func (f *function) Hash() (uint32, error) { return uint32(f.number), nil }
func (f *function) Name() string          { return f.name }

// CallInternal has Python's thread that waits for the driver call the function, and serves it until that has returned.
func (f *function) CallInternal(thread *starlark.Thread, args starlark.Tuple, _ []starlark.Tuple) (result starlark.Value, err error) {
	t := script.RemoteThreadOf(thread)
	c := t.Owner.(*conn)
	err = t.Wait(func() error {
		if err := c.send(starlark.MakeInt(msgCallback), starlark.MakeInt(f.number), args); err != nil {
			return err
		}
		for {
			msg, err := c.receive()
			if err != nil {
				return fmt.Errorf("%s: the script's process has ended: %w", f.name, err)
			}
			q := &question{rest: msg}
			switch q.int() {
			case msgReturn:
				result = q.value()
				return q.err
			case msgRaise:
				raised := c.p.raised(q)
				if raised.own = q.int(); q.err != nil {
					return q.err
				}
				return raised
			}
			if err := c.handle(msg); err != nil {
				return err
			}
		}
	})
	return result, err
}

// raisedError is an exception of the script. Err is the driver's error that it was made of, if any.
type raisedError struct {
	kind, text string
	own        int // Python's number, where that waits for it; else 0
	err        error
}

func (e *raisedError) Error() string { return e.text }
func (e *raisedError) Unwrap() error { return e.err }

// TestFailure tells whether what the test asked for did not hold.
func (e *raisedError) TestFailure() bool {
	var known script.TestFailure
	if errors.As(e.err, &known) {
		return known.TestFailure()
	}
	return e.kind == "assertion" || e.err == nil && (e.kind == "failed" || e.kind == "timeout")
}

// ErrorClass is that of the driver's error, else the script's.
func (e *raisedError) ErrorClass() string {
	var c script.Classified
	if errors.As(e.err, &c) {
		return c.ErrorClass()
	}
	switch e.kind {
	case "limit":
		return script.ClassTimeout
	case "interrupt":
		return script.ClassInterrupted
	case "machine":
		return script.ClassMachine
	}
	return script.ClassScript
}

// isExactly tells whether nothing but places was put around an exception.
func isExactly(err error, raised *raisedError) bool {
	for {
		e, ok := err.(*starlark.EvalError)
		if !ok {
			return err == error(raised)
		}
		err = e.Unwrap()
	}
}

// kindOf is the name of the Python class for an error.
func (p *Process) kindOf(err error) string {
	var wait *machine.TimeoutError
	var argument *script.ArgumentError
	var value *valueError
	var failure script.TestFailure
	var classified script.Classified
	switch {
	case errors.As(err, &wait):
		return "timeout"
	case errors.As(err, &argument), errors.As(err, &value):
		return "argument"
	case errors.As(err, &failure) && failure.TestFailure():
		return "failed"
	case errors.As(err, &classified):
		switch classified.ErrorClass() {
		case script.ClassTimeout:
			if p.ctx.Err() != nil {
				return "limit"
			}
			return "timeout"
		case script.ClassInterrupted:
			if p.ctx.Err() != nil || errors.Is(err, errCancelled) {
				return "interrupt"
			}
			return "timeout" // an attempt of a wait was cut
		}
	}
	return "machine"
}
