package dap_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	godap "github.com/google/go-dap"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

func TestMain(m *testing.M) { buildtest.Main(m) }

// patience bounds each wait of a test; the longest is a guest's boot.
const patience = 3 * time.Minute

// client is an editor.
type client struct {
	t        testing.TB
	in       io.WriteCloser
	messages chan godap.Message
	seq      int
	waiting  []godap.Message // came before they were asked for
	output   strings.Builder
}

// start runs the built program and shakes hands with it.
func start(t *testing.T, dir string) *client {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	cmd := exec.Command(buildtest.Driver(t), "dap")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := connect(t, in, out)
	t.Cleanup(func() {
		_ = in.Close()
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the program ended with %v", err)
		}
		if t.Failed() {
			t.Logf("output:\n%s", c.output.String())
		}
	})
	return c
}

// listen returns a client that has sent nothing yet.
func listen(t testing.TB, in io.WriteCloser, out io.Reader) *client {
	c := &client{t: t, in: in, messages: make(chan godap.Message, 1000)}
	go func() {
		defer close(c.messages)
		r := bufio.NewReader(out)
		for {
			data, err := godap.ReadBaseMessage(r)
			if err != nil {
				return
			}
			m, err := godap.DecodeProtocolMessage(data)
			if err != nil {
				continue // an event of one debugger only
			}
			c.messages <- m
		}
	}()
	return c
}

func connect(t testing.TB, in io.WriteCloser, out io.Reader) *client {
	c := listen(t, in, out)
	body := c.call("initialize", map[string]any{"adapterID": "gotest-driver", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"})
	if r := body.(*godap.InitializeResponse); !r.Body.SupportsConfigurationDoneRequest || len(r.Body.ExceptionBreakpointFilters) != 2 {
		t.Errorf("capabilities: %+v", r.Body)
	}
	await[*godap.InitializedEvent](c)
	return c
}

func (c *client) send(command string, args any) int {
	c.t.Helper()
	c.seq++
	data, err := json.Marshal(map[string]any{"seq": c.seq, "type": "request", "command": command, "arguments": args})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := godap.WriteBaseMessage(c.in, data); err != nil {
		c.t.Fatal(err)
	}
	return c.seq
}

// next returns the next message; output is stored separately.
func (c *client) next(what string) godap.Message {
	c.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case m, ok := <-c.messages:
			if !ok {
				c.t.Fatalf("the connection ended; waiting for %s. Output:\n%s", what, c.output.String())
			}
			if o, is := m.(*godap.OutputEvent); is {
				c.output.WriteString(o.Body.Output)
				continue
			}
			return m
		case <-timer.C:
			c.t.Fatalf("%s did not come. Output:\n%s", what, c.output.String())
		}
	}
}

func (c *client) response(seq int, command string) godap.ResponseMessage {
	c.t.Helper()
	for {
		m := c.next("the response to " + command)
		if r, ok := m.(godap.ResponseMessage); ok && r.GetResponse().RequestSeq == seq {
			return r
		}
		c.waiting = append(c.waiting, m)
	}
}

// try makes a request and returns the response, also an error's.
func (c *client) try(command string, args any) godap.ResponseMessage {
	c.t.Helper()
	return c.response(c.send(command, args), command)
}

// call makes a request that must succeed.
func (c *client) call(command string, args any) godap.ResponseMessage {
	c.t.Helper()
	r := c.try(command, args)
	if !r.GetResponse().Success {
		c.t.Fatalf("%s: %s", command, r.GetResponse().Message)
	}
	return r
}

// await returns the next event of a kind.
func await[E godap.EventMessage](c *client) E {
	c.t.Helper()
	for i, m := range c.waiting {
		if e, ok := m.(E); ok {
			c.waiting = append(c.waiting[:i:i], c.waiting[i+1:]...)
			return e
		}
	}
	var zero E
	for {
		m := c.next(fmt.Sprintf("%T", zero))
		if e, ok := m.(E); ok {
			return e
		}
		c.waiting = append(c.waiting, m)
	}
}

// stopped waits for a stop and returns its stack.
func (c *client) stopped(reason string) []godap.StackFrame {
	c.t.Helper()
	e := await[*godap.StoppedEvent](c)
	if e.Body.Reason != reason {
		c.t.Errorf("stopped for %q (%s), want %q", e.Body.Reason, e.Body.Text, reason)
	}
	frames := c.call("stackTrace", map[string]any{"threadId": e.Body.ThreadId}).(*godap.StackTraceResponse).Body.StackFrames
	if len(frames) == 0 {
		c.t.Fatal("no frames")
	}
	return frames
}

// at checks where a stack's innermost frame is.
func (c *client) at(frames []godap.StackFrame, file string, line int, name string) {
	c.t.Helper()
	f := frames[0]
	if filepath.Base(f.Source.Path) != file || f.Line != line || f.Name != name || !filepath.IsAbs(f.Source.Path) {
		c.t.Errorf("at %s:%d in %s, want %s:%d in %s", f.Source.Path, f.Line, f.Name, file, line, name)
	}
}

// scope returns the variables of a scope of a frame, by name.
func (c *client) scope(frame int, name string) map[string]godap.Variable {
	c.t.Helper()
	for _, s := range c.call("scopes", map[string]any{"frameId": frame}).(*godap.ScopesResponse).Body.Scopes {
		if s.Name == name {
			return c.variables(s.VariablesReference)
		}
	}
	c.t.Fatalf("there is no scope %s", name)
	return nil
}

func (c *client) variables(ref int) map[string]godap.Variable {
	c.t.Helper()
	out := map[string]godap.Variable{}
	for _, v := range c.call("variables", map[string]any{"variablesReference": ref}).(*godap.VariablesResponse).Body.Variables {
		out[v.Name] = v
	}
	return out
}

func (c *client) evaluate(expr string) string {
	c.t.Helper()
	return c.call("evaluate", map[string]any{"expression": expr, "frameId": 1, "context": "repl"}).(*godap.EvaluateResponse).Body.Result
}

// end waits for the end of the run and checks its status.
func (c *client) end(status int) {
	c.t.Helper()
	if e := await[*godap.ExitedEvent](c); e.Body.ExitCode != status {
		c.t.Errorf("status %d, want %d", e.Body.ExitCode, status)
	}
	await[*godap.TerminatedEvent](c)
	c.call("disconnect", map[string]any{})
}

// write writes files and returns their directory.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
