package vlan

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/sockpath"
)

// startTimeout bounds the wait for a program that is starting.
const startTimeout = 10 * time.Second

// maxPorts is how many cards, wires and captures a switch has room for: more than a network has addresses. vde_switch's
// own choice is 32, and it does not tell those that come later.
const maxPorts = 512

// maxFrame is the longest frame that a vde_switch carries whole, in bytes: 1500 of data with one VLAN tag. It cuts off
// what a longer one has more (VDE 2.3.2).
const maxFrame = 1518

// portName is the longest name of a port's socket in a control directory, in bytes.
const portName = 20

// Switch is a running vde_switch. It is a hub, so that tagged frames (802.1Q) pass.
type Switch struct {
	*process
	dir     string
	answers *answers
}

// answers counts the questions to a switch's console, and its answers.
type answers struct {
	mu    sync.Mutex
	asked int
	came  int
	more  chan struct{} // closed and replaced when an answer comes
}

// read reads the console to its end. Nothing must block the switch.
func (a *answers) read(out io.Reader) {
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if strings.Contains(line, "1000 Success") {
			a.mu.Lock()
			a.came++
			close(a.more)
			a.more = make(chan struct{})
			a.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// startSwitch starts a switch of network nr, with its control directory at dir, and waits until it is ready. A group other
// than 0 may plug into it, too.
func startSwitch(ctx context.Context, nr int, dir string, group int, g Guard) (*Switch, error) {
	if err := sockpath.Check(dir, portName); err != nil {
		return nil, fmt.Errorf("vlan%d: %w", nr, err)
	}
	if strings.Contains(dir, "[") {
		return nil, fmt.Errorf("vlan%d: vde can't use the directory %s, which has a bracket in its path; %s", nr, filepath.Dir(dir), sockpath.Elsewhere)
	}
	a := &answers{more: make(chan struct{})}
	args := []string{"--sock", dir, "--dirmode", "0700", "--hub", "--numports", strconv.Itoa(maxPorts)}
	if group != 0 { // who can enter the directory may use what is in it
		args = append(args, "--dirmode", "0770", "--mode", "0666")
	}
	p, err := start(g, nr, a.read, "vde_switch", args...)
	if err != nil {
		return nil, err
	}
	s := &Switch{process: p, dir: dir, answers: a}
	err = s.ask(ctx)
	if err == nil && group != 0 {
		err = os.Chown(dir, -1, group)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close(), s.Err())
	}
	return s, nil
}

// ask asks the console a question and waits for the answer. It asks only one question at a time, because vde_switch reads
// all available input as one question.
func (s *Switch) ask(ctx context.Context) error {
	a := s.answers
	t := time.NewTimer(startTimeout)
	defer t.Stop()
	var err error
	for number := 0; ; {
		a.mu.Lock()
		if number == 0 && a.asked == a.came {
			a.asked++
			number = a.asked
			// The end of the switch is noticed below.
			_, _ = io.WriteString(s.stdin, "showinfo\n")
		}
		answered, more := number > 0 && a.came >= number, a.more
		a.mu.Unlock()
		if answered {
			return nil
		}
		select {
		case <-more:
			continue
		case <-s.Done():
			err = errors.New("it has ended")
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-t.C:
			err = fmt.Errorf("it did not answer within %s", startTimeout)
		}
		return fmt.Errorf("vlan%d: vde_switch: %w", s.nr, err)
	}
}

// settle waits until the switch has noticed all pulled plugs. This is necessary before a new plug: a vde_switch that
// notices a pulled plug between the two steps of a new one confuses the two, and later pulls the wrong one.
func (s *Switch) settle(ctx context.Context) error {
	for range 2 { // it may answer before it looks at plugs, but looks at them before the second answer
		if err := s.ask(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sockets counts the ports in use of a switch by their sockets in its directory (vde_switch(1)). It also returns the
// hidden sockets of plugs that are still connecting.
func sockets(dir string) (ports int, coming []string) {
	entries, _ := os.ReadDir(dir) // the end of a switch is reported elsewhere
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			coming = append(coming, e.Name())
		} else {
			ports++
		}
	}
	return ports, coming
}

// joined waits until the plug is in a switch that had that many ports before, because the plug itself does not report it.
// A plug that is pulled before it has read the switch's answer would leave its port in use for ever.
func (p *process) joined(dir string, before int) {
	own := fmt.Sprintf(".%05d-", p.cmd.Process.Pid)
	for end := time.Now().Add(startTimeout); time.Now().Before(end); {
		ports, coming := sockets(dir)
		if ports > before && !slices.ContainsFunc(coming, func(name string) bool { return strings.HasPrefix(name, own) }) {
			return
		}
		select {
		case <-p.Done():
			return
		case <-time.After(plugLook):
		}
	}
}

// plugLook is the interval between looks for a plug.
const plugLook = 2 * time.Millisecond

// Dir returns the control directory, for QEMU's -netdev vde,sock=… and vde's own programs.
func (s *Switch) Dir() string { return s.dir }

func switchDir(dir string, nr int, suffix string) string {
	return filepath.Join(dir, fmt.Sprintf("vde%d%s.ctl", nr, suffix))
}
