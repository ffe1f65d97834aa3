package guest

import (
	_ "embed"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

//go:embed identity.sh
var identityScript string

//go:embed joined.sh
var joinedScript string

// Identity is what makes the guest of a machine that goes on from another one's snapshot a machine of its own.
type Identity struct {
	Name  string
	Seed  string // random text
	Cards []NewCard
	// Hosts are the names of the machines; nil for a guest that is not a built-in one: its addresses stay as they are.
	Hosts map[string]netip.Addr
}

// NewCard is what changes of a network card.
type NewCard struct {
	Card    string // its name in the guest, or its hardware address as saved
	MAC     string
	Address netip.Prefix // of a built-in guest
}

// Commands returns the commands for the guest's bash: those that are run while its cards on networks are unplugged, and those
// that are run after that.
func (i Identity) Commands() (apart, joined string) {
	var cards strings.Builder
	for _, c := range i.Cards {
		fmt.Fprintf(&cards, "%s %s", c.Card, c.MAC)
		if i.Hosts != nil && c.Address.IsValid() {
			fmt.Fprintf(&cards, " %s", c.Address)
		}
		cards.WriteByte('\n')
	}
	hosts := ""
	if i.Hosts != nil {
		hosts = hostsFile(i.Name, i.Hosts)
	}
	set := ""
	for _, v := range [][2]string{{"name", i.Name}, {"seed", i.Seed}, {"cards", cards.String()}, {"hosts", hosts}} {
		set += v[0] + "=" + shellescape.Quote(v[1]) + "\n"
	}
	if i.Hosts != nil && len(i.Cards) > 0 {
		joined = set + joinedScript
	}
	return set + identityScript, joined
}

// hostsFile returns the content of /etc/hosts, as the guests write it at their start (recipes/files/words.sh).
func hostsFile(name string, hosts map[string]netip.Addr) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		fmt.Fprintf(&b, "%s %s\n", hosts[host], host)
	}
	if _, on := hosts[name]; !on {
		fmt.Fprintf(&b, "127.0.1.1 %s\n", name)
	}
	return b.String()
}
