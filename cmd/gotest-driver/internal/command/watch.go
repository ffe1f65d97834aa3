package command

import (
	"bufio"
	"context"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/report"
)

// watchFlags are the flags of run that go with --watch.
type watchFlags struct {
	keep  *bool // nil: the script decides
	clear bool
}

// watch runs a script repeatedly.
func (f *RunFlags) watch(cmd *cobra.Command, files []string, wf watchFlags) error {
	o, level, err := f.Options(cmd, files[0], nil)
	if err != nil {
		return err
	}
	o.Command = withoutWatch(o.Command)
	lock, err := lockDir(f.outDir)
	if err != nil {
		return err
	}
	defer lock.Close()
	out := cmd.ErrOrStderr()
	terminal := report.LiveWanted(out, os.Environ())
	again, stop, err := enterKey(terminal)
	if err != nil {
		return err
	}
	defer stop()
	return run.Watch(cmd.Context(), run.WatchOptions{
		Run: o, Config: func() (*driver.Config, error) { return f.Configuration(files[0]) },
		Sinks: func() ([]report.Sink, error) {
			sinks, err := report.Open(f.reports.outputs(f.outDir))
			if err != nil {
				return nil, err
			}
			return append([]report.Sink{f.Terminal(cmd, level)}, sinks...), nil
		},
		Keep: wf.keep, Again: again, Out: out, Color: report.ColorWanted(out, os.Environ()), Clear: terminal && wf.clear, Bell: terminal,
	})
}

// withoutWatch returns the command line that runs the script once.
func withoutWatch(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		name, _, _ := strings.Cut(w, "=")
		return slices.Contains([]string{"--watch", "-w", "--keep-machines", "--no-clear"}, name)
	})
}

// enterKey returns a channel that receives a value for each typed line and is closed at Ctrl-D; nil without a terminal.
func enterKey(terminal bool) (_ <-chan struct{}, stop func(), err error) {
	if !terminal || !term.IsTerminal(os.Stdin.Fd()) {
		return nil, func() {}, nil
	}
	in, err := cancelreader.NewReader(os.Stdin)
	if err != nil {
		return nil, nil, err
	}
	lines, done := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(done)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
		if ctx.Err() == nil {
			close(lines)
		}
	}()
	return lines, func() {
		cancel()
		in.Cancel()
		<-done
		in.Close()
	}, nil
}
