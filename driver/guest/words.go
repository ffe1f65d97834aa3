package guest

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Words describe a machine to its guest, on the kernel command line.
type Words struct {
	Hostname string                // empty for the guest's own default
	Cards    []Card                // network cards
	Hosts    map[string]netip.Addr // names of other machines
}

// Card is the setting of one network card.
type Card struct {
	Name    string           // eth0, eth1, …
	Address netip.Prefix     // address and length of the network's prefix; the zero value for none
	DHCP    bool             // ask for an address instead
	MAC     net.HardwareAddr // if given, the card with this address is named Name
}

// Cmdline returns the kernel words, in an order that depends on the contents only.
func (w Words) Cmdline() []string {
	var words []string
	if w.Hostname != "" {
		words = append(words, "gotest.hostname="+w.Hostname)
	}
	for _, card := range w.Cards {
		address := ""
		switch {
		case card.DHCP:
			address = "dhcp"
		case card.Address.IsValid():
			address = card.Address.String()
		}
		word := fmt.Sprintf("gotest.net=%s,%s", card.Name, address)
		if len(card.MAC) > 0 {
			word += "," + card.MAC.String()
		}
		words = append(words, word)
	}
	if len(w.Hosts) > 0 {
		var hosts []string
		for name, address := range w.Hosts {
			hosts = append(hosts, fmt.Sprintf("%s=%s", name, address))
		}
		slices.Sort(hosts)
		words = append(words, "gotest.hosts="+strings.Join(hosts, ","))
	}
	return words
}

// CardName returns what a built-in guest calls its card on a network, the first one, 0, after QEMU's user network.
func CardName(n int) string { return fmt.Sprintf("eth%d", n+1) }
