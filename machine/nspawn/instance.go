package nspawn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// instance is a running container. It implements machine.Instance and some of the optional interfaces.
type instance struct {
	b       *Backend
	o       machine.StartOptions
	notify  *notifySocket
	cgroups []string
	nics    []NIC
	undo    [][]string // commands that undo the preparation, in the sandbox

	cmd   *exec.Cmd
	open  chan struct{}   // closed when the container has its namespaces: from then on it can be entered
	life  context.Context // ends when the start command has ended
	dead  context.CancelFunc
	clean sync.Once
	done  chan struct{} // closed when the container has ended and is cleaned up, and err is set
	work  sync.WaitGroup

	mu      sync.Mutex
	err     error
	killed  bool
	ended   bool
	session *shell.Session
	plugs   map[int]*plug

	connectMu sync.Mutex // held while the root shell is connected

	cableMu sync.Mutex // held while cables are moved
	blocked bool
}

var (
	_ machine.Screenshotter = (*instance)(nil)
	_ machine.Keyboard      = (*instance)(nil)
	_ machine.PowerButton   = (*instance)(nil)
	_ machine.Networker     = (*instance)(nil)
	_ machine.Replugger     = (*instance)(nil)
)

func newInstance(b *Backend, o machine.StartOptions) *instance {
	i := &instance{b: b, o: o, open: make(chan struct{}), done: make(chan struct{}), plugs: map[int]*plug{}}
	i.life, i.dead = context.WithCancel(context.Background())
	return i
}

func (i *instance) Done() <-chan struct{} { return i.done }

func (i *instance) Err() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// PID returns the process id of the container's first process.
func (i *instance) PID() int { return i.notify.Leader() }

// spawn starts the start command in the sandbox and in the container's control groups.
func (i *instance) spawn(command []string) error {
	// The driver's umask must not affect the container's users.
	join := "umask 022 && "
	for _, d := range i.cgroups {
		join += "echo $$ > " + quote(d+"/cgroup.procs") + " && "
	}
	i.cmd = i.b.Sandbox.command(context.Background(), append([]string{"sh", "-c", join + `cd "$0" && exec "$@"`, i.o.StateDir}, command...)...)
	guard.AtDeath(i.cmd, syscall.SIGTERM) // SIGKILL would leave the container without systemd-nspawn
	i.cmd.Env = append(i.cmd.Env, "RUN_NSPAWN_ROOT_DIR="+i.o.StateDir+"/"+rootName, "RUN_NSPAWN_SHARED_DIR="+i.o.SharedDir,
		"NOTIFY_SOCKET="+i.notify.path)
	out, w, err := os.Pipe()
	if err != nil {
		return err
	}
	i.cmd.Stdout, i.cmd.Stderr = w, w
	err = i.cmd.Start()
	w.Close()
	if err != nil {
		out.Close()
		return err
	}
	if err := i.b.Sandbox.guard.Started(i.cmd.Process.Pid); err != nil {
		out.Close()
		return errors.Join(err, guard.KillGroup(i.cmd.Process.Pid))
	}
	i.work.Go(func() { i.console(out) })
	i.work.Go(i.follow)
	go i.reap(out)
	return nil
}

// console passes on the container's output, by whole lines: several sources write to one console.
func (i *instance) console(r io.Reader) {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := br.ReadSlice('\n')
		if len(line) > 0 {
			// The console itself reports an error of its file.
			_, _ = i.o.Console.Write(line)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// follow joins the networks and follows the journal once the container can be entered.
func (i *instance) follow() {
	select {
	case <-i.open:
	case <-i.life.Done():
		return
	}
	if i.b.StartScript != "" {
		if err := i.joinBridges(); err != nil {
			i.o.Logf("%v", err)
		}
	}
	// A journalctl that starts before the journal has an entry of this boot never shows anything.
	cmd := i.enter(i.life, inBackground(`until [ -n "$(journalctl --lines=1 --boot --quiet 2>/dev/null)" ]; do sleep 0.1; done
exec journalctl --follow --lines=all --boot --quiet --no-hostname --output=short 2>/dev/null`))
	r, w, err := os.Pipe()
	if err != nil {
		i.o.Logf("the container's journal can't be followed: %v", err)
		return
	}
	cmd.Stdout = w
	err = i.startShell(cmd)
	w.Close()
	if err != nil {
		r.Close()
		return // it has ended
	}
	i.console(r)
	r.Close()
}

// enter prepares a shell script in the container.
func (i *instance) enter(ctx context.Context, script string) *exec.Cmd {
	words := append(i.confine(), "--", "bash", "-c",
		"umask 022\nunset "+guard.Env+"\nif [ -r /etc/profile ]; then . /etc/profile >/dev/null; fi\n"+script)
	cmd := i.b.Sandbox.guard.Command(ctx, words[0], words[1:]...)
	display := i.b.DisplayEnv
	if display == nil {
		display = []string{"DISPLAY=:0"}
	}
	notMark := func(e string) bool { return !strings.HasPrefix(e, guard.Env+"=") }
	cmd.Env = append(append(slices.DeleteFunc(cmd.Env, notMark), "USER=root", "LOGNAME=root", "HOME=/root", "PAGER=", "LANG=C.UTF-8",
		"PATH=/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), display...)
	return cmd
}

// confine returns the command that enters the container with no more rights than its first process has: even bash may have
// been replaced by a program of the container's.
func (i *instance) confine() []string {
	leader := fmt.Sprint(i.notify.Leader())
	words := []string{"nsenter", "--target", leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"}
	if other, err := hasUserNamespace(i.notify.Leader()); err == nil && other {
		return append(words, "--user")
	}
	// Without a user namespace, which a start script may not ask for, the bounding set is the limit.
	status, err := os.ReadFile("/proc/" + leader + "/status")
	if m := boundingSet().FindSubmatch(status); err == nil && m != nil {
		var set uint64
		_, _ = fmt.Sscanf(string(m[1]), "%x", &set) // the pattern has digits only
		list := "-all"
		for n := range 64 {
			if set>>n&1 == 1 {
				list += fmt.Sprintf(",+cap_%d", n)
			}
		}
		words = append([]string{"setpriv", "--bounding-set=" + list}, words...)
	}
	return words // the container has ended, and nsenter fails
}

var boundingSet = lazyre.Compile(`(?m)^CapBnd:\t([0-9a-f]+)$`)

// inBackground makes a shell script run as a child of the container's first process. A child of nsenter would keep the
// container from ending: a shutdown stops all processes, so nsenter stops itself too, and misses the end of its child.
func inBackground(script string) string {
	// A background process has another standard input before any redirection, and ignores SIGINT and SIGQUIT unless it
	// is a job (set -m).
	return "exec 4<&0\nset -m\n{ " + script + "\n} <&4 4<&- &"
}

// startShell runs nsenter, which keeps a process of the driver in the container. The command's context must end with the
// container: an nsenter whose child was stopped has stopped itself, and does not notice its child's end.
func (i *instance) startShell(cmd *exec.Cmd) error {
	return filtered(func() error { return i.runShell(cmd) })
}

func (i *instance) runShell(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := i.b.Sandbox.guard.Started(cmd.Process.Pid); err != nil {
		return errors.Join(err, guard.KillGroup(cmd.Process.Pid), cmd.Wait())
	}
	return errors.Join(cmd.Wait(), i.b.Sandbox.guard.Ended(cmd.Process.Pid))
}

// Connect waits until the container has booted, and starts the root shell.
func (i *instance) Connect(ctx context.Context) error {
	select {
	case <-i.notify.ready:
	case <-i.done:
		return &machine.DiedError{Machine: i.o.Name, Reason: "the container ended: " + i.exit()}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	i.connectMu.Lock()
	defer i.connectMu.Unlock()
	i.mu.Lock()
	s := i.session
	i.mu.Unlock()
	if s == nil || s.Err() != nil { // a shell that has ended is replaced
		var err error
		if s, err = i.rootShell(); err != nil {
			return fmt.Errorf("%s: the root shell can't be started: %w", i.o.Name, err)
		}
	}
	return s.Handshake(ctx)
}

// rootShell starts a bash in the container, with a session over it.
func (i *instance) rootShell() (*shell.Session, error) {
	console, consoleEnd, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer consoleEnd.Close()
	data, dataEnd, err := socketPair()
	if err != nil {
		console.Close()
		return nil, err
	}
	defer dataEnd.Close()
	r, w, err := os.Pipe()
	if err != nil {
		console.Close()
		data.Close()
		return nil, err
	}
	defer w.Close()
	cmd := i.enter(i.life, inBackground("cd /tmp || cd /\necho '"+shell.Greeting+"'\nexec bash --norc"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = consoleEnd, consoleEnd, w
	cmd.ExtraFiles = []*os.File{dataEnd}
	if err := i.startShell(cmd); err != nil {
		console.Close()
		data.Close()
		r.Close()
		return nil, err
	}
	// A process that a command leaves behind may keep its standard error for as long as the container runs.
	i.work.Go(func() {
		i.console(r)
		r.Close()
	})
	s := shell.New(console, data, shell.Options{Logf: i.o.Logf, DataFD: 3, Used: i.used})
	i.mu.Lock()
	before, ended := i.session, i.ended
	i.session = s
	i.mu.Unlock()
	if before != nil {
		_ = before.Close() // its process is dead
	}
	if ended { // the container ended in the meantime: nothing else closes the shell
		_ = s.Close()
	}
	return s, nil
}

// profile gives a command the variables of the container's /etc/profile of that moment, which another configuration of
// NixOS may have replaced since the shell began. The marks by which NixOS reads it once only are taken away. It is no
// line of its own, for the numbers in bash's messages.
const profile = "set +eu; unset __ETC_PROFILE_SOURCED __NIXOS_SET_ENVIRONMENT_DONE; if [ -r /etc/profile ]; then . /etc/profile >/dev/null; fi; set -eu; "

// Run runs a command in the root shell.
func (i *instance) Run(ctx context.Context, c shell.Command) (shell.Result, error) {
	i.mu.Lock()
	s, ended := i.session, i.ended
	i.mu.Unlock()
	if s.Err() != nil && !ended {
		return shell.Result{}, &shell.NoShellError{}
	}
	c.Script = profile + c.Script
	return s.Run(ctx, c)
}

// reap waits for the end of the start command, and cleans up after the container.
func (i *instance) reap(out *os.File) {
	werr := i.cmd.Wait()
	i.dead()
	i.mu.Lock()
	i.ended = true
	session, killed := i.session, i.killed
	i.mu.Unlock()
	_ = guard.KillGroup(i.cmd.Process.Pid)
	_ = i.b.Sandbox.guard.Ended(i.cmd.Process.Pid)
	cleanErr := i.cleanUp()
	if session != nil {
		session.Close()
	}
	closeLater := time.AfterFunc(5*time.Second, func() { out.Close() })
	i.work.Wait()
	closeLater.Stop()
	out.Close()
	i.mu.Lock()
	switch {
	case killed:
		i.err = errors.New("it was ended by the driver")
	case werr != nil && !i.rebooted():
		i.err = errors.New(i.exit())
	}
	i.mu.Unlock()
	if cleanErr != nil {
		i.o.Logf("%v", cleanErr)
	}
	close(i.done)
}

// rebootStatus is systemd-nspawn's exit status for a container that has rebooted.
const rebootStatus = 133

func (i *instance) rebooted() bool { return i.cmd.ProcessState.ExitCode() == rebootStatus }

// exit returns how the start command ended.
func (i *instance) exit() string {
	st := i.cmd.ProcessState
	if ws, ok := st.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return fmt.Sprintf("systemd-nspawn was killed by signal %d (%s)", ws.Signal(), ws.Signal())
	}
	if i.rebooted() {
		return "it rebooted"
	}
	return fmt.Sprintf("systemd-nspawn ended with exit status %d", st.ExitCode())
}

// cleanUp removes what belongs to the container, whether it ran or not.
func (i *instance) cleanUp() (err error) {
	i.clean.Do(func() { err = i.takeAway() })
	return err
}

func (i *instance) takeAway() error {
	var errs []error
	errs = append(errs, i.endCgroups())
	i.mu.Lock()
	plugs := i.plugs
	i.plugs = map[int]*plug{}
	i.mu.Unlock()
	for _, p := range plugs {
		errs = append(errs, p.Close())
	}
	for _, command := range i.undo {
		errs = append(errs, i.b.Sandbox.run(context.Background(), command...))
	}
	i.undo = nil
	if i.notify != nil {
		errs = append(errs, i.notify.Close())
	}
	return errors.Join(errs...)
}

// The signals that ask the container's systemd and systemd-nspawn to end (systemd(1), signal(7)).
const (
	sigPowerOff = syscall.Signal(34 + 3)
	killGrace   = 3 * time.Second
)

// PowerButton asks the container's systemd to power off.
func (i *instance) PowerButton(context.Context) error {
	return syscall.Kill(i.notify.Leader(), sigPowerOff)
}

// Kill asks the container to end, and forces it after a while.
func (i *instance) Kill() error {
	i.mu.Lock()
	i.killed = i.killed || !i.ended
	i.mu.Unlock()
	var err error
	select {
	case <-i.done:
		return nil
	default:
		err = syscall.Kill(-i.cmd.Process.Pid, syscall.SIGTERM)
		if errors.Is(err, syscall.ESRCH) {
			err = nil
		}
	}
	select {
	case <-i.done:
		return err
	case <-time.After(killGrace):
	}
	err = errors.Join(err, guard.KillGroup(i.cmd.Process.Pid))
	<-i.done
	return err
}

// trimmed returns a command's output for errors.
func trimmed(b []byte) string { return strings.TrimSpace(string(b)) }
