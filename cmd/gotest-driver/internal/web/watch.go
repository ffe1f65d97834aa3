package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/gotest-driver/gotest-driver/internal/procload"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// watch looks at the machines while somebody sees the page, and only then.
type watch struct {
	s      *Server
	news   chan struct{}
	ctx    context.Context
	stop   context.CancelFunc
	begin  sync.Once
	number uint64 // of the last picture, guarded by mu

	mu       sync.Mutex
	states   map[string]string            // of the machines
	faults   map[string]string            // of the machines
	networks map[string]string            // the faults of networks
	doing    map[uint64]doing             // the open entries of machines
	screens  map[*machine.Machine]*screen // those that are looked at
	last     []byte
}

// doing is what an open entry does.
type doing struct{ machine, text string }

func (w *watch) init(s *Server) {
	*w = watch{s: s, news: make(chan struct{}, 1), states: map[string]string{}, faults: map[string]string{}, networks: map[string]string{},
		doing: map[uint64]doing{}, screens: map[*machine.Machine]*screen{}}
	w.ctx, w.stop = context.WithCancel(s.ctx)
}

// wake says that somebody may look now, or no more.
func (w *watch) wake() {
	select {
	case w.news <- struct{}{}:
	default:
	}
	if w.s.count() > 0 {
		w.begin.Do(func() { w.s.tasks.Go(w.run) })
	}
}

// handle notes what the log says of machines.
func (w *watch) handle(e report.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e.Kind {
	case report.State:
		w.states[e.Machine] = e.Text
		if e.Text == report.StateStopped || e.Text == report.StateDead {
			delete(w.faults, e.Machine)
		}
	case report.Fault:
		of, key := w.faults, e.Machine
		if n := e.Attrs["network"]; n != "" {
			of, key = w.networks, n
		}
		if of[key] = e.Text; e.Text == "" {
			delete(of, key)
		}
	case report.Begin:
		if e.Machine != "" {
			w.doing[e.Entry] = doing{e.Machine, e.Text}
		}
	case report.End:
		delete(w.doing, e.Entry)
	}
}

// interval is the time between two looks at what is no picture.
const interval = 500 * time.Millisecond

// run looks until the server ends.
func (w *watch) run() {
	var looking sync.WaitGroup
	defer looking.Wait()
	for w.ctx.Err() == nil {
		if !w.seen() {
			select {
			case <-w.news:
			case <-w.ctx.Done():
			}
			continue
		}
		w.machines(&looking)
		w.collect()
		select {
		case <-time.After(interval):
		case <-w.ctx.Done():
		}
	}
}

// seen reports whether somebody sees a page.
func (w *watch) seen() bool {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	for c := range w.s.clients {
		if seen, _ := c.looking(); seen {
			return true
		}
	}
	return false
}

// isOpen reports whether somebody sees a machine large.
func (w *watch) isOpen(name string) bool {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	for c := range w.s.clients {
		if seen, open := c.looking(); seen && open == name {
			return true
		}
	}
	return false
}

// machines begins to look at new machines, and forgets those that are there no more.
func (w *watch) machines(looking *sync.WaitGroup) {
	d := w.s.driver.Load()
	if d == nil {
		return
	}
	all := d.Machines()
	w.mu.Lock()
	defer w.mu.Unlock()
	for m, s := range w.screens {
		if !slices.Contains(all, m) {
			s.stop()
			delete(w.screens, m)
		}
	}
	for _, m := range all {
		if w.screens[m] == nil {
			s := newScreen(w, m)
			w.screens[m] = s
			looking.Go(s.run)
		}
	}
}

// status is what the page is told of a machine.
type status struct {
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Doing   string   `json:"doing,omitempty"`
	Fault   string   `json:"fault,omitempty"`
	Console []string `json:"console"`
	CPU     int      `json:"cpu"`    // percent of one processor
	Memory  int      `json:"memory"` // MiB of the host's
}

// consoleLines is the number of lines of a console that a tile has.
const consoleLines = 3

// collect asks what the machines do, and tells the pages if it is something new.
func (w *watch) collect() {
	d := w.s.driver.Load()
	if d == nil {
		return
	}
	list := []status{}
	for _, m := range d.Machines() {
		w.mu.Lock()
		s := status{Name: report.Clean(m.Name()), State: w.states[m.Name()], Fault: report.Clean(w.faults[m.Name()]), Console: []string{}}
		last := uint64(0)
		for id, x := range w.doing {
			if x.machine == m.Name() && id > last {
				last, s.Doing = id, report.Clean(shorten(x.text))
			}
		}
		screen := w.screens[m]
		w.mu.Unlock()
		if s.State == "" {
			s.State = report.StateStopped
		}
		for _, line := range m.Console().Tail(consoleLines) {
			s.Console = append(s.Console, report.Clean(shorten(line)))
		}
		if pid := m.PID(); pid > 0 && m.Booted() && screen != nil {
			s.CPU, s.Memory = screen.load(pid)
		}
		list = append(list, s)
	}
	w.mu.Lock()
	faults := []string{}
	for n, text := range w.networks {
		faults = append(faults, report.Clean(n+": "+text))
	}
	slices.Sort(faults)
	now, err := json.Marshal(map[string]any{"machines": list, "networks": faults, "now": time.Since(w.s.start).Milliseconds() / 1000 * 1000})
	changed := err == nil && !bytes.Equal(now, w.last)
	if changed {
		w.last = now
	}
	w.mu.Unlock()
	if changed {
		w.s.wake()
	}
}

// state returns what the page is told of all machines.
func (w *watch) state() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// picture is what a machine's screen shows, as a message to the page.
type picture struct {
	machine string
	number  uint64
	kind    websocket.MessageType
	message []byte
}

// pictures returns the last picture of each machine.
func (w *watch) pictures() (all []picture) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.screens {
		if s.shown.number > 0 {
			all = append(all, s.shown)
		}
	}
	slices.SortFunc(all, func(a, b picture) int { return int(int64(a.number) - int64(b.number)) })
	return all
}

// longest is the longest text of one line that a tile gets, in bytes.
const longest = 500

func shorten(s string) string {
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}

// load returns the processor time that a process has used since the last call, in percent, and its memory in MiB.
func (s *screen) load(pid int) (cpu, memory int) {
	used, now := procload.Used(pid), time.Now()
	if pid == s.pid && used >= s.used {
		cpu = int(100 * (used - s.used) / max(1, now.Sub(s.usedAt)))
	}
	s.pid, s.used, s.usedAt = pid, used, now
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	var size, resident int
	if err == nil {
		_, _ = fmt.Sscan(string(b), &size, &resident)
	}
	return cpu, resident * os.Getpagesize() >> 20
}
