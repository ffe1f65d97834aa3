package suite

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// What is not said anywhere.
const (
	overhead        = 50 << 20  // bytes of the driver of a test
	qemuOverhead    = 150 << 20 // bytes of QEMU beside the guest's memory
	containerMemory = 256 << 20
	unknownMemory   = 2 << 30 // of a test of which nothing is known
	unknownCores    = 2
	startMemory     = 1024 // MiB of a start script that does not say it
	kernelMemory    = 512  // MiB of a machine from a kernel that does not say it
)

// needs are what all machines of a test need together.
type needs struct {
	memory int64 // bytes
	cores  float64
}

// Sums are cut off here, where no machine is large enough: a script in a loop may ask for any number of machines.
const (
	mostMemory = 1 << 60
	mostCores  = 1 << 30
	mostTimes  = 1 << 30
)

func (n *needs) add(m needs, times float64) {
	n.memory = int64(min(float64(n.memory)+float64(m.memory)*times, mostMemory))
	n.cores = min(n.cores+m.cores*times, mostCores)
}

// Machines estimates the memory and the processors of a test from its description: the machines of its configuration, which
// may be nil, and the calls of create_machine in its source. Starlark and Python look the same to it. Of a call in a loop whose
// length can't be seen it assumes two. guests are the built-in guests that it names.
func Machines(script string, src []byte, c *config.Config) (memory int64, cores float64, guests []string) {
	all := needs{memory: overhead}
	e := estimate{file: script, defs: map[string]*syntax.FuncDef{}, sums: map[string]needs{}, files: map[string]map[string]*syntax.FuncDef{}}
	if c != nil {
		for _, m := range c.All() {
			e.guest(m)
			all.add(ofMachine(m), 1)
		}
	}
	f, err := syntax.Parse(script, string(src))
	if err != nil {
		return max(all.memory, unknownMemory), max(all.cores, unknownCores), e.guests
	}
	called := e.define(f.Body)
	e.stmts(f.Body, 1)
	for name, d := range e.defs { // such as test_login, which nothing calls
		if !called[name] {
			e.stmts(d.Body, 1)
		}
	}
	all.add(e.sum, 1)
	return all.memory, max(all.cores, 0.5), e.guests
}

// ofMachine returns the needs of one machine.
func ofMachine(m config.Machine) needs {
	memory, cores := m.Memory, m.Cores
	switch {
	case m.IsContainer || m.Container != "" || m.Guest == "container":
		return needs{containerMemory, 0.5}
	case m.StartScript != "":
		fromScript, smp := startScript(m.StartScript)
		memory, cores = cmp.Or(memory, fromScript, startMemory), cmp.Or(cores, smp, 1)
	case m.Guest != "":
		ofGuest, smp := guest.Needs(m.Guest)
		memory, cores = cmp.Or(memory, ofGuest, startMemory), cmp.Or(cores, smp, 1)
	case m.HasImage():
		memory = cmp.Or(memory, stock.Memory)
	}
	return needs{int64(cmp.Or(memory, kernelMemory))<<20 + qemuOverhead, float64(cmp.Or(cores, 1))}
}

var (
	memoryWord = lazyre.Compile(`(?:^|\s)-m\s+(?:size=)?(\d+)([MGmg]?)`)
	coresWord  = lazyre.Compile(`(?:^|\s)-smp\s+(?:cpus=)?(\d+)`)
)

// maxScript limits what is read of a start script, or of a file that a script loads, in bytes.
const maxScript = 1 << 20

// content returns the content of a file; nothing of one that is no script.
func content(path string) []byte {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() > maxScript {
		return nil
	}
	b, _ := os.ReadFile(path) // of one that can't be read nothing is known
	return b
}

// startScript returns the memory (MiB) and the processors that a command, or the script that it starts, gives to QEMU; 0 if
// it does not say.
func startScript(command string) (memory, cores int) {
	text := command
	if words := strings.Fields(command); len(words) > 0 {
		text += "\n" + string(content(words[0]))
	}
	if m := memoryWord().FindStringSubmatch(text); m != nil {
		memory, _ = strconv.Atoi(m[1])
		if strings.EqualFold(m[2], "g") {
			memory *= 1024
		}
	}
	if m := coresWord().FindStringSubmatch(text); m != nil {
		cores, _ = strconv.Atoi(m[1])
	}
	return min(memory, 1<<24), min(cores, 1<<12)
}

// estimate adds up the machines that a file makes, and those of the functions that it loads.
type estimate struct {
	file  string
	defs  map[string]*syntax.FuncDef            // functions, by the names that the file has for them
	files map[string]map[string]*syntax.FuncDef // the functions of the files that were loaded
	sums  map[string]needs                      // of a call of each function so far; nothing while it is added up
	sum   needs

	guests []string
}

// guest notes the guest of a machine.
func (e *estimate) guest(m config.Machine) {
	if m.Guest != "" && !slices.Contains(e.guests, m.Guest) {
		e.guests = append(e.guests, m.Guest)
	}
}

// define notes the functions of a file and of those that it loads, and returns the names that something calls.
func (e *estimate) define(body []syntax.Stmt) map[string]bool {
	called := map[string]bool{}
	for _, s := range body {
		syntax.Walk(s, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.FuncDef:
				e.defs[n.Name] = n
			case *syntax.Name:
				called[n.ID] = called[n.ID] || !n.Store
			case *syntax.Call:
				if name, ok := n.Fn.(*syntax.Name); ok && name.ID == "load" && len(n.Args) > 1 {
					e.load(n, called)
				}
			}
			return true
		})
	}
	return called
}

// load notes the functions of the file that a load statement names. Those that nothing in this file calls make no machines.
func (e *estimate) load(n *syntax.Call, called map[string]bool) {
	module, ok := text(n.Args[0].Value)
	if !ok {
		return
	}
	file := filepath.Join(filepath.Dir(e.file), module)
	defs, known := e.files[file]
	if !known {
		defs = map[string]*syntax.FuncDef{}
		e.files[file] = defs
		f, err := syntax.Parse(file, string(content(file)))
		if err != nil {
			return
		}
		other := estimate{file: file, defs: defs, files: e.files}
		other.define(f.Body)
	}
	for name, d := range defs {
		if _, own := e.defs[name]; !own {
			e.defs[name] = d
			called[name] = true
		}
	}
	for _, a := range n.Args[1:] {
		if from, ok := text(a.Value); ok && a.Name != "" && defs[from] != nil {
			e.defs[a.Name], called[a.Name] = defs[from], true
		}
	}
}

// stmts adds up what statements make that are executed a number of times.
func (e *estimate) stmts(body []syntax.Stmt, times float64) {
	for _, s := range body {
		e.node(s, times)
	}
}

func (e *estimate) node(n syntax.Node, times float64) {
	syntax.Walk(n, func(x syntax.Node) bool {
		switch x := x.(type) {
		case *syntax.FuncDef:
			return false // its calls count
		case *syntax.For:
			e.node(x.Iter, times)
			e.stmts(x.Body, min(times*rounds(x.Iter), mostTimes))
			e.stmts(x.Else, times)
			return false
		case *syntax.Comp:
			for _, c := range x.Clauses {
				times = min(times*rounds(c.Iter), mostTimes)
			}
			for _, part := range []syntax.Expr{x.Key, x.Elt} {
				if part != nil {
					e.node(part, times)
				}
			}
			return false
		case *syntax.Call:
			e.call(x, times)
		}
		return true
	})
}

// call adds up the machines of a call: of create_machine, or of a function of the file.
func (e *estimate) call(x *syntax.Call, times float64) {
	name, ok := x.Fn.(*syntax.Name)
	if !ok {
		return
	}
	if name.ID == "create_machine" {
		m := described(x)
		e.guest(m)
		e.sum.add(ofMachine(m), times)
		return
	}
	d := e.defs[name.ID]
	if d == nil {
		return
	}
	once, known := e.sums[name.ID]
	if !known {
		before := e.sum
		e.sum, e.sums[name.ID] = needs{}, needs{}
		e.stmts(d.Body, 1)
		once, e.sum = e.sum, before
		e.sums[name.ID] = once
	}
	e.sum.add(once, times)
}

// described returns the machine that a call of create_machine describes by values that stand there.
func described(x *syntax.Call) config.Machine {
	var m config.Machine
	for i, a := range x.Args {
		value, _ := text(a.Value)
		n := number(a.Value)
		switch {
		case a.Name == "start_command", a.Name == "" && i == 0 && a.Star == 0:
			m.StartScript = value
		case a.Name == "guest":
			m.Guest = value
		case a.Name == "container":
			m.Container = cmp.Or(value, "?")
		case a.Name == "image", a.Name == "image_url":
			m.Image = cmp.Or(value, "?")
		case a.Name == "memory":
			m.Memory = n
		case a.Name == "cores":
			m.Cores = n
		}
	}
	return m
}

// rounds returns how often a loop over an expression runs: 2 if that can't be seen.
func rounds(x syntax.Expr) float64 {
	switch x := x.(type) {
	case *syntax.List:
		return float64(len(x.Elts))
	case *syntax.Tuple:
		return float64(len(x.Elts))
	case *syntax.Paren:
		return rounds(x.X)
	case *syntax.Call:
		name, _ := x.Fn.(*syntax.Name)
		switch {
		case name == nil || len(x.Args) == 0:
		case name.ID == "subtest":
			return 1
		case name.ID == "range" && len(x.Args) == 1 && number(x.Args[0].Value) > 0:
			return float64(number(x.Args[0].Value))
		case name.ID == "range" && len(x.Args) == 2 && number(x.Args[1].Value) > number(x.Args[0].Value):
			return float64(number(x.Args[1].Value) - number(x.Args[0].Value))
		}
	}
	return 2
}

func text(x syntax.Expr) (string, bool) {
	s, ok := x.(*syntax.Str)
	if !ok || len(s.Parts) != 1 || s.Parts[0].Format() {
		return "", false
	}
	return s.Parts[0].Value, true
}

func number(x syntax.Expr) int {
	if n, ok := x.(*syntax.Num); ok {
		v, _ := strconv.Atoi(n.Text)
		return min(v, 1<<24)
	}
	return 0
}
