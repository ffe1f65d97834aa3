package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/bootcache"
)

func snapshotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "List and remove the boots that are kept for later runs",
		Long: `create_machine(boot = "cached") keeps the machine that has booted in $XDG_CACHE_HOME/gotest-driver/snapshots, and later runs
begin there. docs/snapshots.md says when a boot is used again. The directory takes at most $GOTEST_SNAPSHOT_CACHE
(5G), and boots that no run has used for 14 days are removed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(snapshotList(), snapshotRemove(), snapshotPrune())
	return cmd
}

// openBoots opens the cache of boots.
func openBoots() (*bootcache.Cache, error) {
	dir, err := driver.SnapshotDir()
	if err != nil {
		return nil, err
	}
	return bootcache.Open(dir, 0)
}

// shownKey is how much of a key is shown, and enough to name one.
const shownKey = 12

func snapshotList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the kept boots, the one that was used last first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cache, err := openBoots()
			if err != nil {
				return err
			}
			list, err := cache.List()
			if err != nil {
				return err
			}
			if asJSON {
				if list == nil {
					list = []bootcache.Info{}
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(list)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, i := range list {
				state := "used " + i.Used.Format(time.DateTime)
				switch {
				case i.Broken != "":
					state = "can't be used: " + i.Broken
				case i.InUse:
					state = "in use"
				}
				fmt.Fprintf(w, "%s\t%s\t%d MB\t%s\n", i.Key[:shownKey], i.Machine, i.Bytes>>20, state)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func snapshotRemove() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "rm KEY…",
		Short: "Remove kept boots",
		Long: `Remove kept boots. A KEY is what snapshot list shows, or the beginning of it. Boots in use are not removed; those that can't be used
are.`,
		Example: "  gotest-driver snapshot rm 0123456789ab\n  gotest-driver snapshot rm --all",
		RunE: func(cmd *cobra.Command, keys []string) error {
			if all == (len(keys) > 0) {
				return errors.New("give keys, or --all (see gotest-driver snapshot rm --help)")
			}
			cache, err := openBoots()
			if err != nil {
				return err
			}
			list, err := cache.List()
			if err != nil {
				return err
			}
			remove := map[string]bool{}
			for _, key := range keys {
				var found []bootcache.Info
				for _, i := range list {
					if key != "" && strings.HasPrefix(i.Key, key) {
						found = append(found, i)
					}
				}
				switch {
				case len(found) == 0:
					return fmt.Errorf("there is no kept boot %q: see gotest-driver snapshot list", key)
				case len(found) > 1:
					return fmt.Errorf("%d kept boots begin with %q: give more of the key", len(found), key)
				case found[0].InUse:
					return fmt.Errorf("the kept boot %s is in use by a run", key)
				}
				remove[found[0].Key] = true
			}
			for _, i := range list {
				if !remove[i.Key] && (!all || i.InUse) {
					continue
				}
				if err := cache.Remove(i.Key); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "removed %s %s\n", i.Key[:shownKey], i.Machine)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove all that are not in use")
	return cmd
}

func snapshotPrune() *cobra.Command {
	unused := bootcache.Unused
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove the kept boots that are old, broken or too many",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cache, err := openBoots()
			if err != nil {
				return err
			}
			removed, err := cache.Prune(unused, cache.Limit(), "")
			for _, i := range removed {
				fmt.Fprintf(cmd.OutOrStdout(), "removed %s %s\n", i.Key[:shownKey], i.Machine)
			}
			return err
		},
	}
	cmd.Flags().DurationVar(&unused, "unused", unused, "how long ago a boot was used last that is removed")
	return cmd
}
