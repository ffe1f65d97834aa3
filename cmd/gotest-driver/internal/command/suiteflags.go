package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
)

// suiteFlags are the flags of run that are about several tests.
type suiteFlags struct {
	jobs        int
	memory      string
	cores       float64
	retries     int
	flaky       string
	failedFirst bool
	partition   string
	partitions  int
	history     string
	resume      bool
	repeat      int
	untilFail   bool
	stress      bool
	tags        []string
	filter      string
	logs        string
	json        bool
	on          string
	failed      map[string]bool // with --watch: the tests that have failed and those that have passed last; nil: as the history says

	fs    *pflag.FlagSet // with these flags alone
	bazel *suite.Bazel   // nil: the run is not one of Bazel's
}

func (s *suiteFlags) add(fs *pflag.FlagSet) {
	s.fs = pflag.NewFlagSet("suite", pflag.ContinueOnError)
	own := s.fs
	own.IntVarP(&s.jobs, "jobs", "j", 0, "run at most so many tests at the same time (0: as many as memory and processors allow)")
	own.StringVar(&s.memory, "memory", "", "the memory that all tests together may use, such as 12G (default: what is free, less 1 GB)")
	own.Float64Var(&s.cores, "cores", 0, "the processors that all tests together may use (0: all)")
	own.IntVar(&s.retries, "retries", 0, "try a test again so often after a failure; one that then passes is flaky")
	own.StringVar(&s.flaky, "flaky", "pass", "what a flaky test does to the exit status: pass or fail")
	own.BoolVar(&s.failedFirst, "failed-first", false, "begin with the tests that failed last time")
	own.StringVar(&s.partition, "partition", "", "run one part of the tests, such as 2/4, hash:2/4, time:2/4 or auto")
	own.IntVar(&s.partitions, "partitions", 0, "with --list --json: show how the tests are divided into so many parts")
	own.StringVar(&s.history, "test-history", suite.DefaultHistory(), "`file` that keeps durations and results of tests for later runs; empty: none")
	own.BoolVar(&s.resume, "resume", false, "keep the results that an interrupted run has left in the output directory, and run the rest")
	own.IntVar(&s.repeat, "repeat", 1, "run each test so often, and compare the runs that failed with those that passed")
	own.BoolVar(&s.untilFail, "until-fail", false, "repeat until a run fails, at most --repeat times (default: 1000)")
	own.BoolVar(&s.stress, "stress", false, "disturb the tests: stop guests for short times and keep the processors busy")
	own.StringArrayVar(&s.tags, "tag", nil, "run only tests with this tag of suite.toml, or without it (!TAG); may be given several times")
	own.StringVar(&s.filter, "filter", "", "run only tests whose name, as --list --json shows it, matches this regular expression")
	own.StringVar(&s.logs, "logs", "failed", "whose logs are shown: failed, or all; all logs are in the output directory")
	own.StringVar(&s.on, "on", "", "run the tests on the nodes of a cluster: slurm, or slurm:partition=…,constraint=…,dir=…,files=shared")
	own.BoolVar(&s.json, "json", false, "with --list: list the tests as JSON")
	fs.AddFlagSet(own)
}

// given reports whether the command line has one of the flags.
func (s *suiteFlags) given(fs *pflag.FlagSet) bool {
	found := s.bazel != nil
	s.fs.VisitAll(func(f *pflag.Flag) { found = found || fs.Changed(f.Name) })
	return found
}

func (s *suiteFlags) check(list bool) error {
	switch {
	case s.jobs < 0:
		return fmt.Errorf("--jobs %d: want 0 or more", s.jobs)
	case !(s.cores >= 0):
		return fmt.Errorf("--cores %g: want 0 or more", s.cores)
	case s.retries < 0 || s.retries > 100:
		return fmt.Errorf("--retries %d: want 0 to 100", s.retries)
	case s.repeat < 1 || s.repeat > 100_000:
		return fmt.Errorf("--repeat %d: want 1 to 100000", s.repeat)
	case s.flaky != "pass" && s.flaky != "fail":
		return fmt.Errorf("--flaky %s: want pass or fail", s.flaky)
	case s.logs != "failed" && s.logs != "all":
		return fmt.Errorf("--logs %s: want failed or all", s.logs)
	case s.partitions < 0 || s.partitions > 100_000:
		return fmt.Errorf("--partitions %d: want 1 to 100000", s.partitions)
	case (s.json || s.partitions > 0) && !list:
		return errors.New("--json and --partitions go with --list")
	case s.on != "" && s.stress:
		return errors.New("--stress disturbs tests on this machine: it does not go with --on")
	case s.on != "" && s.bazel != nil:
		return errors.New("--on does not go with bazel test, which chooses the machine")
	case s.partitions > 0 && !s.json:
		return errors.New("--partitions goes with --list --json")
	}
	return nil
}

// without returns a command line without the flags that are about several tests.
func (s *suiteFlags) without(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		name, _, whole := strings.Cut(words[i], "=")
		long, isLong := strings.CutPrefix(name, "--")
		var x *pflag.Flag
		switch {
		case isLong:
			x = s.fs.Lookup(long)
		case len(name) >= 2 && name[0] == '-':
			if x = s.fs.ShorthandLookup(name[1:2]); x != nil && len(name) > 2 {
				whole = true // -j4
			}
		}
		if x == nil {
			out = append(out, words[i])
			continue
		}
		if !whole && x.NoOptDefVal == "" {
			i++
		}
	}
	return out
}
