package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
)

// mergeCommand makes one report of several runs of a suite.
func mergeCommand() *cobra.Command {
	var p plan
	flaky := "pass"
	cmd := &cobra.Command{
		Use:   "merge DIRECTORY…",
		Short: "Make one report of the partitions of a suite",
		Long: `Make one report of the partitions of a suite, from the output directories of "run --partition".

A partition that is missing or did not come to its end, a test that no partition ran, and one that two ran are errors;
the reports are written all the same. Otherwise the exit status is that of a run of the whole suite.`,
		Example: `  gotest-driver report merge out/*/ --html all.html --junit-xml all.xml`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, dirs []string) error {
			if flaky != "pass" && flaky != "fail" {
				return fmt.Errorf("--flaky %s: want pass or fail", flaky)
			}
			head, results, err := suite.Merge(dirs)
			if results == nil && err != nil {
				return err
			}
			if p.index == "" && p.junit == "" {
				p.index = "index.html"
			}
			fmt.Fprintln(cmd.ErrOrStderr(), suite.Count(results))
			err = errors.Join(err, p.write(cmd, head, results))
			status := statusOfSuite(cmd.ErrOrStderr(), results, flaky == "fail", err)
			if err != nil {
				return &exitError{status: ExitUsage, err: err}
			}
			return status
		},
	}
	cmd.Flags().StringVar(&p.index, "html", "", "write the page about all tests to this `file` (default: index.html, if no other report is wanted)")
	cmd.Flags().StringVar(&p.junit, "junit-xml", "", "write a JUnit report about all tests to this `file`")
	cmd.Flags().StringVar(&flaky, "flaky", flaky, "what a flaky test does to the exit status: pass or fail")
	return cmd
}
