package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
)

// one is what the process of a test is told beside the flags.
type one struct {
	Command []string          `json:"command"` // the command line that runs the test again
	Matrix  map[string]string `json:"matrix,omitempty"`
}

// runOne runs a test of a suite in this process.
func (f *RunFlags) runOne(cmd *cobra.Command, file, text string) error {
	var o one
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return fmt.Errorf("--one: %w", err)
	}
	f.command, f.matrix = o.Command, o.Matrix
	return f.run(cmd, file)
}

// ofParent are the flags of run that the process of a test gets in another way, or not at all.
var ofParent = []string{"output-directory", "log-json", "junit-xml", "html", "plain", "run", "list", "watch", "no-clear", "history", "global-timeout"}

// child returns the command line of a test's process.
func (f *RunFlags) child(cmd *cobra.Command, s *suiteFlags, exe string, args []string, t suite.Test, dir string, limit time.Duration) []string {
	file := t.Script
	if file == stdinName {
		file = "-"
	}
	again := append(s.without(without(withoutWatch(os.Args), args)), file)
	if t.Matrix != nil { // the script alone has none
		again = append(s.without(withoutWatch(os.Args)), "--filter", "^"+regexp.QuoteMeta(suite.Base(t.ID))+"$")
	}
	told, _ := json.Marshal(one{Command: again, Matrix: t.Matrix}) // texts alone
	words := []string{exe, "run", "--one=" + string(told), "--plain", "--output-directory=" + dir, "--log-json=" + filepath.Join(dir, suite.EventsName)}
	cmd.Flags().Visit(func(x *pflag.Flag) {
		if s.fs.Lookup(x.Name) != nil || slices.Contains(ofParent, x.Name) {
			return
		}
		if list, ok := x.Value.(pflag.SliceValue); ok {
			for _, v := range list.GetSlice() {
				words = append(words, "--"+x.Name+"="+v)
			}
			return
		}
		words = append(words, "--"+x.Name+"="+x.Value.String())
	})
	if match := cmp.Or(f.match, t.Run); match != "" {
		words = append(words, "--run="+match)
	}
	switch {
	case cmd.Flags().Changed("global-timeout"):
		words = append(words, fmt.Sprintf("--global-timeout=%g", f.timeout))
	case limit > 0:
		words = append(words, fmt.Sprintf("--global-timeout=%g", limit.Seconds()))
	}
	return append(words, "--", file)
}
