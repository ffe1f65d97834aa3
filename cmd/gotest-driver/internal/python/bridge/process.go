// Package bridge runs test scripts in Python: a real python3 executes the script, and sends its calls of machines, networks
// and the log over sockets to the functions that Starlark scripts call too. Package gotest, which is embedded, is the
// Python side.
package bridge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.starlark.net/starlark"
	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

// Options are the options of [Start].
type Options struct {
	Script string // path of the script, also in messages
	Source []byte // its text; nil: that of the file
	Python string // the interpreter; empty: $GOTEST_PYTHON, else python3
	// Mode says whether Python gets the terminal, and what for.
	Mode    Mode
	History string // file that keeps the history of typed lines; empty: none
	// OnDebugger returns, in the mode Attach, the port of 127.0.0.1 to which debugpy connects, and the token that it gives.
	OnDebugger func() (port int, token string, err error)
	// Class returns the Python class of an object if that is not the declared one.
	Class func(v starlark.Value) string
}

// Mode is the way in which the user works with a running script.
type Mode string

// The modes.
const (
	Watch    Mode = ""         // nothing: Python has no standard input, and its output is logged
	Debug    Mode = "debug"    // a debugger opens at breakpoint() and where the script fails
	Attach   Mode = "attach"   // an editor debugs the script, which waits for it
	Interact Mode = "interact" // a prompt replaces the script, which test_script() runs
)

// Process is a Python process with a script. Start returns one, Run executes the script; Close must be called.
type Process struct {
	o       Options
	file    string // the script, absolute
	dir     string // its directory
	python  string
	cmd     *exec.Cmd
	guard   *guard.Guard
	control *net.UnixConn
	main    *conn
	pipes   sync.WaitGroup
	restore func() // takes the terminal back; nil if Python does not have it
	closers []io.Closer

	exited  chan struct{} // the process has ended
	exitErr error         // how

	ctx     context.Context // the run's
	remote  *script.Remote
	names   starlark.StringDict
	threads sync.WaitGroup

	mu       sync.Mutex
	lines    []string // printed by C code and child processes before the run
	conns    map[threadKey]*conn
	objects  []starlark.Value
	numbers  map[*script.Object]int
	errors   map[int]error
	lastErr  int
	over     bool          // END has come
	late     bool          // the process was killed, because it did not end
	failure  *script.Error // the failure from END
	protocol error
	wake     chan struct{} // one of these fields has changed
}

// grace is the time for a script to end after it was asked to.
const grace = 5 * time.Second

// tooOld ends a Python that can't run package gotest, before it reads the package; it imports sys.
const tooOld = `import sys; sys.version_info < (3, 10) and sys.exit("Python %d.%d is too old, a script in Python needs 3.10 or newer: name one with ` +
	`--python or $GOTEST_PYTHON; gotest-driver migrate translates scripts to Starlark, which needs none" % sys.version_info[:2]); `

// keptErrors is the number of errors that are kept for exceptions that come back.
const keptErrors = 1000

var (
	errCancelled = errors.New("interrupted")
	errStopped   = errors.New("stopped, because another function that runs in parallel has failed")
	errEnded     = errors.New("stopped, because the script has failed")
)

// Start starts Python, which compiles the script. The error is a *script.SyntaxError when it can't.
func Start(ctx context.Context, o Options) (_ *Process, err error) {
	p := &Process{
		o: o, exited: make(chan struct{}), conns: map[threadKey]*conn{}, numbers: map[*script.Object]int{}, errors: map[int]error{},
		wake: make(chan struct{}, 1),
	}
	if p.file, err = filepath.Abs(o.Script); err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(p.file); err == nil { // the script's modules are beside it
		p.file = real
	}
	p.dir = filepath.Dir(p.file)
	if o.Source == nil {
		if p.o.Source, err = os.ReadFile(o.Script); err != nil {
			return nil, err
		}
	}
	var chain *syntax.Error
	if errors.As(syntax.Chain(o.Script, string(p.o.Source)), &chain) {
		return nil, &script.SyntaxError{Places: []report.Source{{File: o.Script, Line: chain.Line, Col: chain.Col}}, Msgs: []string{chain.Msg}, Err: chain}
	}
	if p.python, err = interpreter(o.Python); err != nil {
		return nil, err
	}
	p.guard = guard.New()
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	packages, err := library()
	if err != nil { // no cache, as in a sandbox
		if packages, err = p.temporary(); err != nil {
			return nil, err
		}
	}
	p.cmd = p.guard.Command(context.WithoutCancel(ctx), p.python, "-X", "utf8", "-X", "faulthandler",
		"-c", tooOld+"sys.path[:not getattr(sys.flags, 'safe_path', False)] = ["+quote(packages)+"]; from gotest import _bridge; _bridge.main()", p.file, o.Script)
	// Without assertions a test tests nothing.
	p.cmd.Env = slices.DeleteFunc(p.cmd.Environ(), func(s string) bool { return strings.HasPrefix(s, "PYTHONOPTIMIZE=") })
	if err = p.start(); err != nil {
		return nil, err
	}
	// Until the script runs, the end of the context ends the process.
	defer context.AfterFunc(ctx, func() { p.kill() })()
	return p, p.compiled(ctx)
}

// interpreter returns the Python interpreter with the given name, or the default one.
func interpreter(name string) (string, error) {
	for _, n := range []string{name, os.Getenv("GOTEST_PYTHON"), "python3"} {
		if n == "" {
			continue
		}
		path, err := exec.LookPath(n)
		if err != nil {
			return "", fmt.Errorf("a script in Python needs Python 3.10 or newer: %w; install python3, or name it with --python or "+
				"$GOTEST_PYTHON; `gotest-driver migrate` translates scripts to Starlark, which needs none", err)
		}
		return path, nil
	}
	return "", nil
}

// Version returns what the default Python calls itself, such as "Python 3.11.2". The error says that there is none, or that it is
// too old.
func Version(ctx context.Context) (string, error) {
	python, err := interpreter("")
	if err != nil {
		return "", err
	}
	var said strings.Builder
	c := exec.CommandContext(ctx, python, "-c", tooOld+"print('Python', sys.version.split()[0])")
	c.Stderr = &said
	out, err := c.Output()
	switch {
	case err == nil:
		return strings.TrimSpace(string(out)), nil
	case said.Len() > 0:
		return "", errors.New(strings.TrimSpace(said.String()))
	}
	return "", fmt.Errorf("%s does not start: %w", python, err)
}

// temporary returns a directory of package gotest for this process only.
func (p *Process) temporary() (string, error) {
	files, _, err := embedded()
	if err != nil {
		return "", err
	}
	parent, err := os.MkdirTemp("", "gotest-python-*")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(parent, "python")
	return dir, errors.Join(p.guard.RemoveDir(parent), write(dir, files))
}

// quote returns a text as a Python string.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// start starts the process with its sockets and pipes.
func (p *Process) start() error {
	pair, err := socketPair()
	if err != nil {
		return fmt.Errorf("no socket for Python: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "control")
	defer theirs.Close()
	if p.control, err = unixConn(pair[0]); err != nil {
		return err
	}
	p.closers = append(p.closers, p.control)
	p.cmd.ExtraFiles = []*os.File{theirs}
	if p.o.Mode == Debug || p.o.Mode == Interact {
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		p.foreground()
		return p.started()
	}
	for _, to := range []*io.Writer{&p.cmd.Stdout, &p.cmd.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		defer w.Close()
		*to = w
		p.closers = append(p.closers, r)
		p.pipes.Go(func() { p.read(r) })
	}
	return p.started()
}

// started starts the process.
func (p *Process) started() error {
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("%s can't be started: %w", p.python, err)
	}
	go func() {
		defer close(p.exited)
		p.exitErr = p.cmd.Wait()
		_ = p.control.Close() // its end of the socket would not be noticed otherwise
		if p.restore != nil {
			p.restore()
		}
	}()
	return p.guard.Started(p.cmd.Process.Pid)
}

// socketPair returns two connected sockets that preserve message boundaries and that no other process inherits.
func socketPair() ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err == nil {
		unix.CloseOnExec(pair[0])
		unix.CloseOnExec(pair[1])
	}
	return pair, err
}

// unixConn returns a connection for a file descriptor, which it owns.
func unixConn(fd int) (*net.UnixConn, error) {
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	return c.(*net.UnixConn), nil
}

// read reads the output of C code and child processes.
func (p *Process) read(r io.Reader) {
	for in := bufio.NewReaderSize(r, 1<<16); ; {
		line, _, err := in.ReadLine()
		if err != nil {
			return
		}
		p.print(strings.ToValidUTF8(string(line), "\ufffd"))
	}
}

func (p *Process) print(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.remote == nil {
		p.lines = append(p.lines, line)
		return
	}
	p.remote.Print(line)
}

// compiled waits until Python has compiled the script.
func (p *Process) compiled(ctx context.Context) error {
	if _, err := p.accept(nil); err != nil {
		return p.notStarted(ctx)
	}
	if err := p.main.sendResult(starlark.Bytes(p.o.Source)); err != nil {
		return p.notStarted(ctx)
	}
	q, err := p.main.question()
	if err != nil {
		return p.notStarted(ctx)
	}
	switch q.int() {
	case msgBroken:
		line, col, text := q.int(), q.int(), q.text()
		src := report.Source{File: p.o.Script, Line: line, Col: col}
		if lines := strings.Split(string(p.o.Source), "\n"); line >= 1 && line <= len(lines) {
			src.Text = lines[line-1]
		}
		return errors.Join(q.err, &script.SyntaxError{Places: []report.Source{src}, Msgs: []string{text}})
	case msgReady:
		return q.err
	}
	return errFormat
}

// notStarted returns why Python did not compile the script.
func (p *Process) notStarted(ctx context.Context) error {
	p.kill()
	<-p.exited
	p.pipes.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	said := ""
	if len(p.lines) > 0 {
		said = "; it said:\n" + strings.Join(p.lines, "\n")
	}
	return fmt.Errorf("%s has not started the script: %v%s", p.python, p.exitErr, said)
}

// accept handles a message on the control socket: the connection of a new thread, or a request to end the call of a thread.
func (p *Process) accept(start func(c *conn, parent int, name string)) (*conn, error) {
	buf, oob := make([]byte, 4096), make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := p.control.ReadMsgUnix(buf, oob)
	switch {
	case err != nil:
		return nil, io.EOF
	case n == 0:
		return nil, errFormat
	}
	d := &decoder{in: buf[:n], refs: p}
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	msg, _ := v.(starlark.Tuple)
	q := &question{rest: msg}
	what, key := q.text(), threadKey{q.value().String(), q.value().String()}
	if what != "hello" {
		p.mu.Lock()
		c := p.conns[key]
		p.mu.Unlock()
		number := q.int()
		switch {
		case q.err != nil || c == nil || c.thread == nil:
		case what == "stop":
			c.thread.Stop(errStopped)
		default:
			c.thread.Cancel(number, errCancelled)
		}
		return nil, q.err
	}
	parent, name := q.int(), q.text()
	fds, err := rights(oob[:oobn])
	if err != nil || q.err != nil {
		return nil, errors.Join(err, q.err)
	}
	socket, err := unixConn(fds)
	if err != nil {
		return nil, err
	}
	c := &conn{p: p, key: key, socket: socket, in: bufio.NewReaderSize(socket, 1<<16)}
	p.mu.Lock()
	p.conns[key] = c
	p.mu.Unlock()
	if p.main == nil {
		p.main = c
		return c, nil
	}
	start(c, parent, name)
	return c, nil
}

// rights returns the file descriptor of a control message.
func rights(oob []byte) (int, error) {
	list, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(list) != 1 {
		return 0, errors.Join(errFormat, err)
	}
	fds, err := unix.ParseUnixRights(&list[0])
	if err != nil || len(fds) != 1 {
		return 0, errors.Join(errFormat, err)
	}
	return fds[0], nil
}

// kill ends the process, and the processes in its group.
func (p *Process) kill() {
	if p.cmd.Process != nil {
		_ = guard.KillGroup(p.cmd.Process.Pid)
	}
}

// Close ends the process and all processes that it has started.
func (p *Process) Close() error {
	if p.cmd != nil && p.cmd.Process != nil {
		p.kill()
		<-p.exited
	}
	// A process that has left the group may hold the pipes: the guard ends it.
	var err error
	if p.guard != nil {
		err = p.guard.Close()
		p.guard = nil
	}
	for _, c := range p.closers {
		_ = c.Close()
	}
	p.closers = nil
	p.pipes.Wait()
	p.mu.Lock()
	for _, c := range p.conns {
		_ = c.socket.Close()
	}
	p.mu.Unlock()
	p.threads.Wait()
	return err
}
