package stock

import (
	_ "embed"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// Setup is what each new root shell does first, so that the guest is known by its name and address as a guest of the
// driver's own is, whatever manages its network.
type Setup struct {
	Hostname string
	Hosts    map[string]netip.Addr // all machines
	Cards    []Card
	Quiesce  bool // wait for the end of the boot, and stop what begins later by itself
}

//go:embed setup.sh
var setupScript string

// Script returns the commands for the guest's bash. They can be run again.
func (s Setup) Script() string {
	var b strings.Builder
	set := func(name, value string) { fmt.Fprintf(&b, "%s=%s\n", name, shellescape.Quote(value)) }
	set("name", s.Hostname)
	var hosts, cards strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.Hosts)) {
		fmt.Fprintf(&hosts, "%s %s # test driver\n", s.Hosts[name], name)
	}
	for n, c := range s.Cards {
		if c.Address != "" {
			fmt.Fprintf(&cards, "%d %s %s\n", n, c.MAC, c.Address)
		}
	}
	set("hosts", hosts.String())
	set("cards", cards.String())
	quiesce := ""
	if s.Quiesce {
		quiesce = "1"
	}
	set("quiesce", quiesce)
	return b.String() + setupScript
}
