package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/driver/guest"
)

func guestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "guest",
		Short: "Build and list the built-in guests",
		Long: `The built-in guests are small systems that tests can boot without an image of their own:
create_machine(guest = "debian"). They are built from Debian's packages on the first use and kept in
$XDG_CACHE_HOME/gotest-driver.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(guestBuild(), guestList(), guestPath(), guestProbe())
	return cmd
}

func guestBuild() *cobra.Command {
	var o guest.Options
	cmd := &cobra.Command{
		Use:   "build NAME…",
		Short: "Build guests that are not in the cache",
		Long: `The packages come from a mirror of Debian: that of --mirror, else of $GOTEST_DEBIAN_MIRROR, else of apt's
configuration. Its indexes must be signed by a key of --keyring, else of $GOTEST_DEBIAN_KEYRING, else by one of Debian's.
Proxies are those of apt's configuration, else of $http_proxy and $https_proxy.

The guest tiny needs no further program for that, on any system. The others need mmdebstrap and more; an error names what
is missing.`,
		Example: "  gotest-driver guest build tiny debian\n  gotest-driver guest build tiny --mirror http://HOST/debian",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			o.Progress = func(p guest.Progress) {
				if !p.Detail {
					fmt.Fprintf(cmd.ErrOrStderr(), "%s: %3.0f %% %s\n", p.Guest, 100*p.Fraction, p.Text)
				}
			}
			for _, name := range names {
				img, err := guest.Ensure(cmd.Context(), name, o)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), img.Dir)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&o.Rebuild, "rebuild", false, "build again even if the guest is in the cache")
	cmd.Flags().StringVar(&o.Arch, "arch", "", "architecture of the guest: x86_64, aarch64 or riscv64 (default x86_64)")
	cmd.Flags().StringVar(&o.Mirror, "mirror", "", "address of a mirror of Debian (http://HOST/debian)")
	cmd.Flags().StringVar(&o.Keyring, "keyring", "", "file with the keys of the mirror")
	cmd.Flags().BoolVar(&o.Verify, "verify", false, "compare all checksums, and rebuild broken guests")
	return cmd
}

func guestList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the built-in guests and whether they are built",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			type row struct {
				Name        string `json:"name"`
				Built       bool   `json:"built"`
				Path        string `json:"path,omitempty"`
				Description string `json:"description"`
			}
			var rows []row
			for _, g := range guest.List() {
				r := row{Name: g.Name, Description: g.Description}
				if img, err := guest.Path(g.Name, guest.Options{}); err == nil {
					r.Built, r.Path = true, img.Dir
				}
				rows = append(rows, r)
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(rows)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, r := range rows {
				built := "not built"
				if r.Built {
					built = "built"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", r.Name, built, r.Description)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func guestPath() *cobra.Command {
	return &cobra.Command{
		Use:   "path NAME",
		Short: "Print the directory of a built guest's files",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			img, err := guest.Path(args[0], guest.Options{})
			var missing *guest.NotBuiltError
			if errors.As(err, &missing) {
				return &exitError{status: exitFailed, err: err}
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), img.Dir)
			return err
		},
	}
}
