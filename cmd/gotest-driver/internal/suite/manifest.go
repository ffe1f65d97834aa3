package suite

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/gotest-driver/gotest-driver/internal/kvm"
	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
)

// ManifestName is the name of the file that describes a suite.
const ManifestName = "suite.toml"

// settings are the keys that [defaults] and [[test]] have in common.
type settings struct {
	Retries       *int     `toml:"retries"`
	Slow          duration `toml:"slow"`
	Timeout       duration `toml:"timeout"`
	TimeoutFactor *float64 `toml:"timeout_factor"`
	Memory        size     `toml:"memory"`
	Cores         *float64 `toml:"cores"`
}

type testTable struct {
	settings

	Path     string           `toml:"path"`
	Run      string           `toml:"run"`
	Tags     []string         `toml:"tags"`
	Requires []string         `toml:"requires"`
	Group    string           `toml:"group"`
	Matrix   map[string][]any `toml:"matrix"`
}

type skipTable struct {
	Test    string         `toml:"test"`
	Reason  string         `toml:"reason"`
	Tracker string         `toml:"tracker"`
	Until   toml.LocalDate `toml:"until"`
	On      []string       `toml:"on"`
}

type tables struct {
	Defaults settings    `toml:"defaults"`
	Tests    []testTable `toml:"test"`
	Skips    []skipTable `toml:"skip"`
}

// Problem is a fault of a suite.toml.
type Problem struct {
	File      string
	Line, Col int // from 1; 0: of the file as a whole
	Message   string
	Warning   bool // the suite runs in spite of it
}

// Error returns the place and the message.
func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Message)
}

// Host is what decides which tests of a suite can run here.
type Host struct {
	Now   time.Time
	KVM   bool
	Root  bool
	Names []string // of the kind of machine, as skips name it: "aarch64", "arm64", "linux", the host's name
	Has   func(program string) bool
	// Elsewhere says that the tests run on other hosts, which look for what tests require when one comes.
	Elsewhere bool
}

// ThisHost returns the host that the program runs on.
func ThisHost() Host {
	names := []string{runtime.GOARCH, runtime.GOOS, runtime.GOOS + "/" + runtime.GOARCH}
	if m := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]; m != "" {
		names = append(names, m)
	}
	if h, err := os.Hostname(); err == nil {
		names = append(names, h)
	}
	has := func(program string) bool { _, err := exec.LookPath(program); return err == nil }
	return Host{Now: time.Now(), KVM: kvm.Usable(), Root: os.Geteuid() == 0, Names: names, Has: has}
}

// reader reads a suite.toml.
type reader struct {
	file     string
	src      []byte
	host     Host
	tables   tables
	problems []Problem
}

// Read returns the tests of a suite.toml on a host, and what is wrong with the file. below returns the scripts in and below a
// directory. The error says that the file can't be read.
func Read(file string, host Host, below func(dir string) ([]string, error)) ([]Test, []Problem, error) {
	src, err := userfile.Read(context.Background(), file)
	if err != nil {
		return nil, nil, fmt.Errorf("the suite can't be read: %w", err)
	}
	r := &reader{file: file, src: src, host: host}
	if !r.decode() {
		return nil, r.problems, nil
	}
	dir := filepath.Dir(file)
	all, err := below(dir)
	if err != nil {
		return nil, nil, err
	}
	r.check("[defaults]", "defaults", 0, r.tables.Defaults)
	if len(r.tables.Tests) == 0 {
		r.tables.Tests = []testTable{{Path: "**"}}
	}
	var out []Test
	for i, t := range r.tables.Tests {
		out = merge(out, r.tests(i, t, dir, all))
	}
	for i := range out {
		r.tables.Defaults.fill(&out[i])
		if out[i].Skip == "" && !host.Elsewhere {
			out[i].Skip = missing(host, out[i].requires)
		}
	}
	for i, s := range r.tables.Skips {
		r.skip(i, s, out)
	}
	return out, r.problems, nil
}

// Errors returns the problems that it warns of, and as an error those that keep a suite from running.
func Errors(problems []Problem) (warnings []Problem, errs error) {
	for _, p := range problems {
		if p.Warning {
			warnings = append(warnings, p)
		} else {
			errs = errors.Join(errs, &p)
		}
	}
	return warnings, errs
}

// decode reads the tables and reports unknown keys. false: the file can't be understood.
func (r *reader) decode() bool {
	err := toml.NewDecoder(bytes.NewReader(r.src)).DisallowUnknownFields().Decode(&r.tables)
	var unknown *toml.StrictMissingError
	var broken *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		for _, e := range unknown.Errors {
			line, col := e.Position()
			key := e.Key()
			name, keys := key[len(key)-1], keysOf(key[:len(key)-1])
			r.problems = append(r.problems, Problem{File: r.file, Line: line, Col: col,
				Message: fmt.Sprintf("unknown key %q%s", strings.Join(key, "."), near.DidYouMean(name, keys))})
		}
	case errors.As(err, &broken):
		line, col := broken.Position()
		at := ""
		if k := strings.Join(broken.Key(), "."); k != "" {
			at = k + ": "
		}
		r.problems = append(r.problems, Problem{File: r.file, Line: line, Col: col, Message: at + strings.TrimPrefix(broken.Error(), "toml: ")})
		return false
	case err != nil:
		r.problems = append(r.problems, Problem{File: r.file, Message: strings.TrimPrefix(err.Error(), "toml: ")})
		return false
	}
	return true
}

// keysOf returns the keys of a table.
func keysOf(table []string) []string {
	t := reflect.TypeFor[tables]()
	if len(table) > 0 {
		t = map[string]reflect.Type{
			"defaults": reflect.TypeFor[settings](), "test": reflect.TypeFor[testTable](), "skip": reflect.TypeFor[skipTable](),
		}[table[0]]
	}
	if t == nil {
		return nil
	}
	var keys []string
	for _, f := range reflect.VisibleFields(t) {
		if k := f.Tag.Get("toml"); k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// problem reports a fault of the table of a kind with that number, counted from 0.
func (r *reader) problem(table string, nr int, warning bool, format string, args ...any) {
	p := Problem{File: r.file, Message: fmt.Sprintf(format, args...), Warning: warning}
	n := 0
	for i, line := range strings.Split(string(r.src), "\n") {
		head := strings.ReplaceAll(strings.TrimSpace(line), " ", "")
		if strings.HasPrefix(head, "[["+table+"]]") || strings.HasPrefix(head, "["+table+"]") {
			if n == nr {
				p.Line, p.Col = i+1, 1+len(line)-len(strings.TrimLeft(line, " \t"))
			}
			n++
		}
	}
	r.problems = append(r.problems, p)
}

// check reports values of settings that can't be.
func (r *reader) check(name, table string, nr int, s settings) {
	if s.Retries != nil && (*s.Retries < 0 || *s.Retries > maxRetries) {
		r.problem(table, nr, false, "%s: retries %d: want 0 to %d", name, *s.Retries, maxRetries)
	}
	if s.Cores != nil && !(*s.Cores > 0 && *s.Cores <= 1<<16) {
		r.problem(table, nr, false, "%s: cores %g: want more than 0", name, *s.Cores)
	}
	if s.TimeoutFactor != nil && !(*s.TimeoutFactor >= 1 && *s.TimeoutFactor <= 1000) {
		r.problem(table, nr, false, "%s: timeout_factor %g: want 1 or more", name, *s.TimeoutFactor)
	}
}

const maxRetries = 100

// tests returns the tests of one table.
func (r *reader) tests(nr int, t testTable, dir string, all []string) []Test {
	name := fmt.Sprintf("test %q", t.Path)
	fault := func(warning bool, format string, args ...any) {
		r.problem("test", nr, warning, "%s: %s", name, fmt.Sprintf(format, args...))
	}
	if t.Path == "" {
		r.problem("test", nr, false, "a test has no path")
		return nil
	}
	r.check(name, "test", nr, t.settings)
	if t.Run != "" {
		if _, err := pyre.Compile(t.Run, 0); err != nil {
			fault(false, "run: %v", err)
		}
	}
	for _, q := range t.Requires {
		if _, ok := strings.CutPrefix(q, "program:"); !ok && !slices.Contains(requirements, q) {
			fault(false, "requires %q: want kvm, root or program:NAME%s", q, near.DidYouMean(q, requirements))
		}
	}
	scripts, err := find(t.Path, dir, all)
	switch {
	case err != nil:
		fault(false, "%v", err)
	case len(scripts) == 0 && isPattern(t.Path):
		fault(false, "no script matches")
	case len(scripts) == 0:
		fault(false, "there is no such file")
	}
	combinations := combine(t.Matrix, fault)
	var out []Test
	for _, s := range scripts {
		for _, m := range combinations {
			x := newTest(dir, s)
			x.Run, x.Matrix, x.Tags, x.Group, x.requires = t.Run, m, t.Tags, t.Group, t.Requires
			if t.Run != "" {
				x.ID += "::" + t.Run
			}
			if len(m) > 0 {
				x.ID += "[" + matrixText(m) + "]"
			}
			t.fill(&x)
			out = append(out, x)
		}
	}
	return out
}

var requirements = []string{"kvm", "root"}

// fill sets what a test does not have yet.
func (s settings) fill(t *Test) {
	if t.Retries < 0 && s.Retries != nil {
		t.Retries = *s.Retries
	}
	t.Slow = cmp.Or(t.Slow, s.Slow.Duration)
	t.Timeout = cmp.Or(t.Timeout, s.Timeout.Duration)
	t.Memory = cmp.Or(t.Memory, s.Memory.bytes)
	if t.Cores == 0 && s.Cores != nil {
		t.Cores = *s.Cores
	}
	if t.Factor == 0 && s.TimeoutFactor != nil {
		t.Factor = *s.TimeoutFactor
	}
}

// merge adds tests to those of earlier tables. One that an earlier table has too, such as a pattern, gets what is new; a matrix
// replaces the test without one.
func merge(tests, more []Test) []Test {
	var replaced []string
	for _, m := range more {
		i := slices.IndexFunc(tests, func(t Test) bool { return t.ID == m.ID })
		if i < 0 && m.Matrix != nil {
			plain := strings.TrimSuffix(m.ID, "["+matrixText(m.Matrix)+"]")
			if j := slices.IndexFunc(tests, func(t Test) bool { return t.ID == plain }); j >= 0 {
				replaced = append(replaced, plain)
				i, tests = len(tests), append(tests, tests[j])
			}
		}
		if i < 0 {
			tests = append(tests, m)
			continue
		}
		t := &tests[i]
		m.Slow, m.Timeout, m.Memory = cmp.Or(m.Slow, t.Slow), cmp.Or(m.Timeout, t.Timeout), cmp.Or(m.Memory, t.Memory)
		m.Cores, m.Factor, m.Group = cmp.Or(m.Cores, t.Cores), cmp.Or(m.Factor, t.Factor), cmp.Or(m.Group, t.Group)
		if m.Retries < 0 {
			m.Retries = t.Retries
		}
		m.Tags, m.requires = union(t.Tags, m.Tags), union(t.requires, m.requires)
		*t = m
	}
	return slices.DeleteFunc(tests, func(t Test) bool { return slices.Contains(replaced, t.ID) })
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// missing says which of a test's requirements a host lacks; empty: none.
func missing(host Host, requires []string) string {
	for _, q := range requires {
		program, isProgram := strings.CutPrefix(q, "program:")
		switch {
		case q == "kvm" && !host.KVM:
			return "needs KVM"
		case q == "root" && !host.Root:
			return "needs root"
		case isProgram && !host.Has(program):
			return "needs the program " + program
		}
	}
	return ""
}

// skip marks the tests that a table skips.
func (r *reader) skip(nr int, s skipTable, tests []Test) {
	name := fmt.Sprintf("skip of %q", s.Test)
	if s.Test == "" {
		r.problem("skip", nr, false, "a skip names no test")
		return
	}
	if strings.TrimSpace(s.Reason) == "" {
		r.problem("skip", nr, false, "%s: there is no reason", name)
	}
	past := false
	if s.Until != (toml.LocalDate{}) {
		end := s.Until.AsTime(r.host.Now.Location()).AddDate(0, 0, 1)
		if past = !r.host.Now.Before(end); past {
			r.problem("skip", nr, true, "%s: its date, %s, is over: the test runs; remove the skip or give it a later date", name, s.Until)
		}
	}
	found := false
	for i := range tests {
		t := &tests[i]
		script, _, _ := strings.Cut(t.ID, "::")
		script, _, _ = strings.Cut(script, "[")
		byPattern, err := matches(s.Test, script)
		if err != nil && t.ID != s.Test {
			r.problem("skip", nr, false, "%s: the pattern is not valid: %v", name, err)
			return
		}
		if t.ID != s.Test && !byPattern {
			continue
		}
		found = true
		here := len(s.On) == 0 || slices.ContainsFunc(s.On, func(on string) bool { return slices.Contains(r.host.Names, on) })
		if !here || past {
			continue
		}
		if t.Skip = s.Reason; s.Tracker != "" {
			t.Skip += " (" + s.Tracker + ")"
		}
	}
	if !found {
		r.problem("skip", nr, false, "%s: no test matches", name)
	}
}
