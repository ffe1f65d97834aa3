package guest

import (
	"net"
	"net/netip"
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	words := Words{
		Hostname: "server",
		Cards: []Card{
			{Name: "eth0", DHCP: true},
			{Name: "eth1", Address: netip.MustParsePrefix("192.168.1.2/24"), MAC: net.HardwareAddr{0x52, 0x54, 0, 0x12, 1, 2}},
			{Name: "eth2"},
		},
		Hosts: map[string]netip.Addr{"server": netip.MustParseAddr("192.168.1.2"), "client": netip.MustParseAddr("192.168.1.1")},
	}
	want := []string{
		"gotest.hostname=server",
		"gotest.net=eth0,dhcp",
		"gotest.net=eth1,192.168.1.2/24,52:54:00:12:01:02",
		"gotest.net=eth2,",
		"gotest.hosts=client=192.168.1.1,server=192.168.1.2",
	}
	if got := words.Cmdline(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (Words{}).Cmdline(); got != nil {
		t.Errorf("nothing to say gives %q", got)
	}
}
