package qmp

import (
	"context"
	"strings"
)

// NetDevice is a network card of the machine.
type NetDevice struct {
	// Name is the name for [Client.SetLink]: the device's id, or a name that QEMU made, such as virtio-net-pci.0.
	Name string
	// Model is the kind of card.
	Model string
	// MAC is its hardware address.
	MAC string
	// Peer is the id of the backend (-netdev id=…) that the card is connected to, or empty.
	Peer string
	// PeerType is the kind of backend: user, vde, tap, hubport…
	PeerType string
	// PeerSocket is the control directory of the switch that a vde backend is plugged into.
	PeerSocket string
}

// SetLink plugs or unplugs the cable of a network card or backend.
func (c *Client) SetLink(ctx context.Context, name string, up bool) error {
	return c.order(ctx, "set_link", map[string]any{"name": name, "up": up})
}

// NetDevices returns the machine's network cards. QMP has no command for this, so it uses the human
// monitor's "info network".
func (c *Client) NetDevices(ctx context.Context) ([]NetDevice, error) {
	text, err := c.HumanMonitor(ctx, "info network")
	if err != nil {
		return nil, err
	}
	return parseNetDevices(text), nil
}

// parseNetDevices reads lines such as
//
//	virtio-net-pci.0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56
//	 \ vlan1: index=0,type=vde,sock=/tmp/vde1.ctl
//
// A backend without a card begins its own line. A card on a hub is below it, with its port in front:
//
//	hub 1
//	 \ vlan1: virtio-net-pci.1: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:01:01:e5
func parseNetDevices(text string) []NetDevice {
	var devices []NetDevice
	last := -1 // index of the card for the next " \ " line
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		peer, isPeer := strings.CutPrefix(line, ` \ `)
		name, rest, ok := strings.Cut(peer, ": ")
		if !ok {
			last = -1
			continue
		}
		port, onHub := "", false
		if inner, props, ok := strings.Cut(rest, ": "); ok && isPeer {
			port, onHub = name, true
			name, rest = inner, props
		}
		props := map[string]string{}
		for part := range strings.SplitSeq(rest, ",") {
			if k, v, ok := strings.Cut(part, "="); ok {
				if _, seen := props[k]; !seen {
					props[k] = v
				}
			}
		}
		switch {
		case onHub && props["type"] == "nic":
			devices = append(devices, NetDevice{Name: name, Model: props["model"], MAC: props["macaddr"], Peer: port, PeerType: "hubport"})
		case onHub:
		case isPeer && last >= 0:
			devices[last].Peer, devices[last].PeerType, devices[last].PeerSocket = name, props["type"], props["sock"]
		case !isPeer && props["type"] == "nic":
			devices = append(devices, NetDevice{Name: name, Model: props["model"], MAC: props["macaddr"]})
			last = len(devices) - 1
		default:
			last = -1
		}
	}
	return devices
}
