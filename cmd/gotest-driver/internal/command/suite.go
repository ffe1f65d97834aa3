package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/report"
)

// manifestOf returns the suite.toml that an argument stands for, empty if it is a script or another directory.
func manifestOf(arg string) string {
	if filepath.Ext(arg) == ".toml" {
		return arg
	}
	file := filepath.Join(arg, suite.ManifestName)
	if st, err := os.Stat(file); err == nil && st.Mode().IsRegular() {
		return file
	}
	return ""
}

// suiteTests returns the tests that the command line names, and the name of the suite.
func (f *RunFlags) suiteTests(cmd *cobra.Command, s *suiteFlags, args []string, host suite.Host) (name string, tests []suite.Test, err error) {
	var problems []suite.Problem
	name = "tests"
	for _, arg := range args {
		file := manifestOf(arg)
		if file == "" {
			files, _, err := f.scripts(cmd, []string{arg})
			if err != nil {
				return "", nil, err
			}
			tests = append(tests, suite.OfScripts(".", files)...)
			continue
		}
		more, found, err := suite.Read(file, host, func(dir string) ([]string, error) { return scriptsBelow(dir, f.outDir) })
		if err != nil {
			return "", nil, err
		}
		tests, problems = append(tests, more...), append(problems, found...)
		if abs, err := filepath.Abs(file); err == nil {
			name = filepath.Base(filepath.Dir(abs))
		}
	}
	warnings, errs := suite.Errors(problems)
	for _, w := range warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %v\n", &w)
	}
	if errs != nil {
		return "", nil, errs
	}
	if tests, err = f.selected(suite.Unique(suite.Tagged(tests, s.tags)), s); err != nil {
		return "", nil, err
	}
	if len(tests) == 0 {
		return "", nil, errors.New("no test is left: no one matches --tag and --filter")
	}
	return name, suite.Repeated(tests, s.repeat), nil
}

// selected returns the tests that --filter, or Bazel's, and --run select.
func (f *RunFlags) selected(tests []suite.Test, s *suiteFlags) ([]suite.Test, error) {
	from, filter := "--filter", s.filter
	if s.bazel != nil && filter == "" {
		from, filter = "the filter of Bazel", s.bazel.Filter
	}
	re, err := regexp.Compile(filter)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	tests = slices.DeleteFunc(tests, func(t suite.Test) bool { return !re.MatchString(t.ID) })
	if f.match == "" {
		return tests, nil
	}
	var files []string
	for _, t := range tests {
		files = append(files, t.Script)
	}
	left, err := f.matching(files)
	return slices.DeleteFunc(tests, func(t suite.Test) bool { return !slices.Contains(left, t.Script) }), err
}

// room sets what each test needs and returns what all may use: of this machine, or of a cluster.
func (f *RunFlags) room(s *suiteFlags, tests []suite.Test, known map[string]suite.Known, host suite.Host, cluster *suite.Cluster) (suite.Limits, error) {
	room, where := suite.ThisRoom(), "this machine has"
	limits := suite.Limits{Jobs: s.jobs, Memory: room.ForTests(), Cores: cmp.Or(s.cores, room.Cores)}
	if cluster != nil { // Slurm knows when there is room
		room, where = cluster.Largest, "the largest node has"
		limits.Memory, limits.Cores = math.MaxInt64, cmp.Or(s.cores, math.MaxInt32)
	}
	if s.memory != "" {
		var err error
		if limits.Memory, err = suite.ParseSize(s.memory); err != nil {
			return limits, fmt.Errorf("--memory: %w", err)
		}
	}
	for i := range tests {
		t := &tests[i]
		if t.Memory > room.Total && room.Total > 0 {
			return limits, fmt.Errorf("the test %s needs %d MiB (memory in %s), and %s %d MiB: it can never run there", t.ID, t.Memory>>20, suite.ManifestName, where, room.Total>>20)
		}
		if t.Skip == "" && (t.Memory == 0 || t.Cores == 0) {
			f.estimate(t, known, host)
		}
		t.Seconds = known[suite.Base(t.ID)].Duration.Seconds()
	}
	return limits, nil
}

// estimate sets what a test needs of which suite.toml does not say it: what it used last time, else what its machines have.
func (f *RunFlags) estimate(t *suite.Test, known map[string]suite.Known, host suite.Host) {
	memory, cores, _ := f.machinesOf(t.Script)
	if used := known[suite.Base(t.ID)].Memory; used > 0 {
		memory = used + used/10
	}
	if host.KVM {
		cores /= 2 // most guests wait most of the time
	}
	t.Memory, t.Cores = cmp.Or(t.Memory, memory), cmp.Or(t.Cores, cores)
}

// machinesOf estimates what the machines of a script need, and which guests they are.
func (f *RunFlags) machinesOf(script string) (memory int64, cores float64, guests []string) {
	src, err := f.source(context.Background(), script)
	if err != nil {
		src = nil // its run tells why
	}
	c, err := f.Configuration(script)
	if err != nil {
		c = nil
	}
	return suite.Machines(script, src, c)
}

// runSuite runs several tests, each in a process of its own with an output directory below that of the flag.
func (f *RunFlags) runSuite(cmd *cobra.Command, s *suiteFlags, args []string) error {
	p, err := f.planSuite(cmd, s, args)
	if err != nil {
		return err
	}
	lock, err := lockDir(f.outDir)
	if err != nil {
		return err
	}
	defer lock.Close()
	o := p.options
	if s.resume {
		if o.Done, err = suite.Finished(f.outDir); err != nil {
			return fmt.Errorf("--resume: %w", err)
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "resumed: %d of the tests have results in %s\n", len(o.Done), report.Clean(f.outDir))
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("the program does not find itself: %w", err)
	}
	if o.Cluster != nil {
		if err := f.ship(cmd, o.Cluster, exe, args, o.Tests); err != nil {
			return err
		}
	}
	o.Command = func(t suite.Test, dir string, limit time.Duration) ([]string, []byte) {
		return f.child(cmd, s, exe, args, t, dir, limit), f.stdinOf(t.Script)
	}
	o.Environ = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, guard.Env+"=") })
	if s.bazel != nil {
		o.Environ = append(o.Environ, "TMPDIR="+s.bazel.Temp)
	}
	o.View = f.suiteView(cmd, s)
	began := time.Now()
	results, err := suite.Run(cmd.Context(), o)
	if err != nil && results == nil {
		return err
	}
	if s.untilFail { // what did not start is not a result
		results = slices.DeleteFunc(results, func(r suite.Result) bool { return r.Status == report.Interrupted && len(r.Tries) == 0 })
	}
	for i := range results {
		if r := &results[i]; s.failed != nil && r.Status != report.Interrupted {
			s.failed[suite.Base(r.Test.ID)] = r.Status == report.Failed
		}
	}
	w := cmd.ErrOrStderr()
	fmt.Fprintf(w, "%s in %.1f s\n", suite.Count(results), time.Since(began).Seconds())
	err = errors.Join(err, p.write(cmd, suite.Head{Suite: o.Name, Began: o.Host.Now, Partition: o.Partition}, results))
	if cerr := cmd.Context().Err(); cerr != nil {
		return errors.Join(err, cerr)
	}
	return statusOfSuite(w, results, s.flaky == "fail", err)
}

// write writes the reports about all tests.
func (p plan) write(cmd *cobra.Command, h suite.Head, results []suite.Result) error {
	w := cmd.ErrOrStderr()
	compared, err := suite.Compare(cmd.Context(), results)
	if cmd.Context().Err() != nil {
		err = nil
	}
	for _, c := range compared {
		fmt.Fprintf(w, "%s: %d runs passed, %d failed\n%s", report.Clean(c.Test), c.Passed, c.Failed, report.CleanLines(c.Text))
	}
	if p.junit != "" {
		err = errors.Join(err, os.MkdirAll(filepath.Dir(p.junit), 0o755), suite.WriteJUnit(p.junit, h, results))
	}
	if p.index != "" {
		perr := suite.WritePage(p.index, h, results, compared)
		if err = errors.Join(err, perr); perr == nil {
			fmt.Fprintf(w, "report: %s\n", report.Clean(p.index))
		}
	}
	return err
}

// statusOfSuite names the tests that failed and returns the exit status of a suite as an error. err is what went wrong beside
// the tests.
func statusOfSuite(w io.Writer, results []suite.Result, flakyFails bool, err error) error {
	var names []string
	status := exitPassed
	for i := range results {
		switch r := &results[i]; {
		case r.Status == report.Interrupted && err == nil:
			status = max(status, ExitUsage)
		case r.Status == report.Failed:
			names = append(names, report.Clean(r.Test.ID))
			how := exitFailed
			if r.Last().Exit == ExitUsage {
				how = ExitUsage
			}
			status = max(status, how)
		case r.Flaky() && flakyFails:
			status = max(status, exitFailed)
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(w, "failed: %s\n", strings.Join(names, ", "))
	}
	switch {
	case status != exitPassed:
		return &exitError{status: status, err: err}
	case err != nil:
		return err
	}
	return nil
}

// plan is what a suite's run is going to do.
type plan struct {
	options suite.Options
	index   string // the page about all tests; empty: none
	junit   string // empty: none
}

// planSuite finds out what to run and how, and starts nothing.
func (f *RunFlags) planSuite(cmd *cobra.Command, s *suiteFlags, args []string) (plan, error) {
	var p plan
	if s.bazel != nil {
		if !cmd.Flags().Changed("output-directory") {
			f.outDir = s.bazel.OutDir
		}
		if s.partition == "" && s.bazel.Sharded {
			s.partition = "auto"
		}
	}
	if s.untilFail && !cmd.Flags().Changed("repeat") {
		s.repeat = 1000
	}
	for _, x := range report.Formats() {
		from, path := f.reports.named(x)
		switch x.Flag {
		case "junit-xml":
			if p.junit = path; path == "" && s.bazel != nil {
				p.junit = s.bazel.XML
			}
			if p.junit != "" && !filepath.IsAbs(p.junit) {
				p.junit = filepath.Join(f.outDir, p.junit)
			}
		case "html":
			if none := f.reports.none[x.Flag]; none == nil || !*none {
				p.index = cmp.Or(path, filepath.Join(f.outDir, "index.html"))
			}
		default:
			if path != "" {
				return p, fmt.Errorf("%s %s: each of several scripts would overwrite it; give one script", from, path)
			}
		}
	}
	host := suite.ThisHost()
	var cluster *suite.Cluster
	if s.on != "" {
		var err error
		if cluster, err = clusterOf(cmd, s.on); err != nil {
			return p, err
		}
		host.KVM, host.Elsewhere = cluster.KVM(), true
	}
	name, tests, err := f.suiteTests(cmd, s, args, host)
	if err != nil {
		return p, err
	}
	history, err := suite.ReadHistory(s.history)
	if err != nil {
		return p, err
	}
	known := history.Of(host.Class())
	for id, failed := range s.failed {
		k := known[id]
		k.Failed = failed
		known[id] = k
	}
	o := suite.Options{
		Name: name, Tests: tests, OutDir: f.outDir, Fixed: s.memory != "" || cluster != nil, Cluster: cluster, Retries: s.retries, UntilFail: s.untilFail, FailedFirst: s.failedFirst,
		Known: known, History: s.history, Host: host, Stress: s.stress,
	}
	if o.OwnCores = s.cores > 0; cluster == nil {
		o.Slots = suite.SlotsDir()
	}
	for _, t := range tests {
		o.All = append(o.All, t.ID)
	}
	if s.partition != "" {
		part, err := suite.ParsePartition(s.partition, os.Getenv)
		if err != nil {
			return p, err
		}
		o.Tests = suite.Split(tests, part.How, part.Total, known)[part.Index-1]
		o.Partition = fmt.Sprintf("%d/%d", part.Index, part.Total)
	}
	o.Limits, err = f.room(s, o.Tests, known, host, cluster)
	p.options = o
	return p, err
}

// suiteView returns what shows the suite to the user.
func (f *RunFlags) suiteView(cmd *cobra.Command, s *suiteFlags) suite.View {
	w, env := cmd.ErrOrStderr(), os.Environ()
	o := suite.ViewOptions{Color: report.ColorWanted(w, env), All: s.logs == "all", Safe: report.DetectCI(os.Getenv).Safe}
	if out, ok := w.(*os.File); ok && !f.Plain && !o.All && report.LiveWanted(w, env) {
		return suite.NewLive(out, o)
	}
	return suite.NewPlain(w, o)
}

// listSuite prints the tests of a suite: as JSON, or their scripts' test functions.
func (f *RunFlags) listSuite(cmd *cobra.Command, s *suiteFlags, args []string) error {
	p, err := f.planSuite(cmd, s, args)
	if err != nil {
		return err
	}
	if !s.json {
		var files []string
		for _, t := range p.options.Tests {
			if !slices.Contains(files, t.Script) {
				files = append(files, t.Script)
			}
		}
		return f.listTests(cmd, files)
	}
	type part struct {
		Name    string   `json:"name"` // for --partition
		Tests   []string `json:"tests"`
		Seconds float64  `json:"seconds"`
	}
	out := struct {
		Suite      string       `json:"suite"`
		Tests      []suite.Test `json:"tests"`
		Partitions []part       `json:"partitions,omitempty"`
	}{Suite: p.options.Name, Tests: p.options.Tests}
	if s.partitions > 0 {
		for i, tests := range suite.Split(p.options.Tests, "", s.partitions, p.options.Known) {
			x := part{Name: fmt.Sprintf("%d/%d", i+1, s.partitions), Tests: []string{}}
			for _, t := range tests {
				x.Tests = append(x.Tests, t.ID)
				x.Seconds += t.Seconds
			}
			out.Partitions = append(out.Partitions, x)
		}
	}
	e := json.NewEncoder(cmd.OutOrStdout())
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}
