package qemu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/qmp"
)

// The ids of the devices that a card on a VLAN is attached to: vlan1 is the card's port of the hub, vlan1-wire the
// connection to the switch, vlan1-wire-hub the port of the hub for that connection, vlan1-sink a port without a
// connection. Later wires are numbered.
const (
	wireSuffix = "-wire"
	hubSuffix  = "-hub"
	sinkSuffix = "-sink"
)

func vlanID(nr int) string { return fmt.Sprintf("vlan%d", nr) }

// hub is the hub of QEMU's that a card on a VLAN of a described machine is attached to.
type hub struct {
	wires []string // the ids of those that may exist: a request without an answer from QEMU counts
	count int      // how many there have been
}

// makeHubs completes the hubs of the start command. A guest that sends a packet while no port of a hub can take it
// stops sending until a port says that it can again. A port that is plugged in later never says that: the card would
// stay dead. A port without a connection takes all packets, and drops them. It is not in the start command, since QEMU
// warns of such ports there.
func (i *instance) makeHubs(ctx context.Context, nics []NIC) error {
	for _, n := range nics {
		if n.Hub {
			continue
		}
		id := vlanID(n.VLAN)
		if _, err := i.qmp.Execute(ctx, "netdev_add", map[string]any{"type": "hubport", "id": id + sinkSuffix, "hubid": n.VLAN}); err != nil {
			var gone *qmp.DisconnectedError
			if errors.As(err, &gone) {
				return nil // QEMU has ended; calls of the machine return the reason
			}
			return fmt.Errorf("%s: the card on network %d: %w", i.name, n.VLAN, err)
		}
		i.hubs[n.VLAN] = &hub{wires: []string{id + wireSuffix}}
	}
	return nil
}

// PlugVLAN moves a card to another switch. The card of a machine that Spec describes is attached to a wire, which is
// removed from one switch and plugged into another. If this fails, the card may be attached to nothing; the next call
// repairs that.
func (i *instance) PlugVLAN(ctx context.Context, nr int, socket string) error {
	i.moveMu.Lock()
	defer i.moveMu.Unlock()
	if i.homes != nil {
		return i.moveCard(ctx, nr, socket)
	}
	h := i.hubs[nr]
	if h == nil {
		return fmt.Errorf("%s: has no card on network %d", i.name, nr)
	}
	old := h.wires
	h.count++
	wire := fmt.Sprintf("%s%s%d", vlanID(nr), wireSuffix, h.count)
	h.wires = append(h.wires, wire)
	// What can fail comes first: the card is still on the old wire.
	if _, err := i.qmp.Execute(ctx, "netdev_add", map[string]any{"type": "vde", "id": wire, "sock": socket}); err != nil {
		return fmt.Errorf("%s: the card on network %d is not moved: %w", i.name, nr, err)
	}
	ctx, cancel := begun(ctx)
	defer cancel()
	// Not both at once: the hub would join the two switches.
	for _, id := range old {
		if err := i.remove(ctx, "netdev_del", id+hubSuffix); err != nil {
			return i.unplugged(nr, err)
		}
	}
	if _, err := i.qmp.Execute(ctx, "netdev_add", map[string]any{"type": "hubport", "id": wire + hubSuffix, "hubid": nr, "netdev": wire}); err != nil {
		return i.unplugged(nr, err)
	}
	for _, id := range old {
		if err := i.remove(ctx, "netdev_del", id); err != nil {
			return i.unplugged(nr, err)
		}
	}
	h.wires = []string{wire}
	return nil
}

// unplugged returns the error of a move that was interrupted half way.
func (i *instance) unplugged(nr int, err error) error {
	return fmt.Errorf("%s: the card on network %d may hang on no switch, until vlan%d.heal() plugs it in: %w", i.name, nr, nr, err)
}

// remove makes QEMU remove something, unless it does not exist.
func (i *instance) remove(ctx context.Context, command, id string) error {
	_, err := i.qmp.Execute(ctx, command, map[string]any{"id": id})
	var refused *qmp.Error
	if errors.As(err, &refused) && strings.HasSuffix(refused.Desc, "not found") {
		return nil
	}
	return err
}

// moment is how long an operation continues after its caller has given up: QEMU answers within milliseconds if it does
// at all.
const moment = time.Second

// begun returns a context for an operation that must not stop half way: it ends a moment after ctx does.
func begun(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(moment, cancel)
		context.AfterFunc(longer, func() { t.Stop() })
	})
	return longer, func() { stop(); cancel() }
}
