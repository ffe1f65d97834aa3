package command

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
	"github.com/gotest-driver/gotest-driver/report"
)

func guestProbe() *cobra.Command {
	mc := driver.MachineConfig{Name: "image", Access: string(stock.Auto)}
	var timeout float64
	cmd := &cobra.Command{
		Use:   "probe IMAGE",
		Short: "Boot a distribution's disk image, and show what is in it and which ways to a root shell it knows",
		Long: `probe boots a disk image, which it does not change, offers it all ways to a root shell at once as
create_machine(image = …) does, and shows which of them the image has taken, and how long its boot took.
If it takes none, the error tells how far each has come.`,
		Example: "  gotest-driver guest probe debian-13-genericcloud-amd64.qcow2",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if mc.Image, err = filepath.Abs(args[0]); err != nil {
				return err
			}
			mc.BootTimeout = time.Duration(timeout * float64(time.Second))
			dir, err := os.MkdirTemp("", "gotest-probe-")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
			log := report.NewLog(nil, report.NewPlain(cmd.ErrOrStderr(), report.PlainOptions{}))
			defer func() { err = errors.Join(err, log.Close()) }()
			d, err := driver.New(cmd.Context(), driver.Options{OutDir: dir, Log: log})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			m, err := d.CreateMachine(cmd.Context(), mc)
			if err != nil {
				return err
			}
			start := time.Now()
			if err := m.Connect(cmd.Context()); err != nil {
				return &exitError{status: exitFailed, err: err}
			}
			shell := time.Since(start)
			printed, err := m.Succeed(cmd.Context(), stock.FactsScript(), 0)
			if err != nil {
				return &exitError{status: exitFailed, err: err}
			}
			return printFacts(cmd.OutOrStdout(), args[0], mc.EFI, stock.ParseFacts(printed), shell, time.Since(start))
		},
	}
	cmd.Flags().BoolVar(&mc.EFI, "efi", false, "boot with UEFI firmware")
	cmd.Flags().IntVar(&mc.Memory, "memory", 0, "memory in MiB (default 1024)")
	cmd.Flags().Float64Var(&timeout, "boot-timeout", 0, "seconds without a sign of a boot after which probe gives up (default 300)")
	return cmd
}

// printFacts prints what a probe has found, and the line for a script.
func printFacts(w io.Writer, image string, efi bool, f stock.Facts, shell, boot time.Duration) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(key, value string) { fmt.Fprintf(t, "%s\t%s\n", key, value) }
	row("system", f.System)
	row("kernel", f.Kernel)
	row("systemd", f.Systemd)
	row("cloud-init", cmp.Or(f.CloudInit, "none"))
	agent := "does not run"
	if f.Agent {
		agent = "runs"
	}
	row("guest agent", agent)
	var ways []string
	for _, way := range f.Ways {
		ways = append(ways, string(way))
	}
	row("ways", cmp.Or(strings.Join(ways, ", "), "a backdoor of its own"))
	row("root shell", fmt.Sprintf("after %.0f s", shell.Seconds()))
	row("whole boot", fmt.Sprintf("%.0f s, %s", boot.Seconds(), f.State))
	if len(f.Failed) > 0 {
		row("failed units", strings.Join(f.Failed, ", "))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	options := ""
	if efi {
		options = ", efi = True"
	}
	_, err := fmt.Fprintf(w, "\nmachine = create_machine(image = %s, name = \"machine\"%s)\n", strconv.Quote(image), options)
	return err
}
