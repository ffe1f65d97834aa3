package qemu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/qmp"
)

// The ids of what a card on a VLAN hangs on: vlan1 is the card's port of the hub, vlan1-wire the connection to the
// switch, vlan1-wire-hub that one's port of the hub, vlan1-sink a port without a connection. Wires that come later are
// numbered.
const (
	wireSuffix = "-wire"
	hubSuffix  = "-hub"
	sinkSuffix = "-sink"
)

func vlanID(nr int) string { return fmt.Sprintf("vlan%d", nr) }

// hub is the hub of QEMU's that a card on a VLAN of a described machine hangs on.
type hub struct {
	wires []string // the ids of those that may be there: what was asked of QEMU without an answer counts
	count int      // how many there ever were
}

// makeHubs completes the hubs of the start command. A guest that sends a packet while no port of a hub can take it stops
// sending until a port says that it can again, which one that is plugged in then never does: the card would be dead for
// good. A port without a connection takes all packets, and drops them. It is no part of the start command, since QEMU
// warns of such ports there.
func (i *instance) makeHubs(ctx context.Context, nics []NIC) error {
	for _, n := range nics {
		id := vlanID(n.VLAN)
		if _, err := i.qmp.Execute(ctx, "netdev_add", map[string]any{"type": "hubport", "id": id + sinkSuffix, "hubid": n.VLAN}); err != nil {
			var gone *qmp.DisconnectedError
			if errors.As(err, &gone) {
				return nil // QEMU has ended, which whoever uses the machine is told with the reason
			}
			return fmt.Errorf("%s: the card on network %d: %w", i.name, n.VLAN, err)
		}
		i.hubs[n.VLAN] = &hub{wires: []string{id + wireSuffix}}
	}
	return nil
}

// PlugVLAN moves a card to another switch. That of a machine that Spec describes hangs on a wire that is taken out of
// one and put into another. When it fails the card may hang on nothing; the next call mends that.
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
	// What can fail comes first: the card still hangs on the old wire.
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

// unplugged tells of a move that has been cut half way.
func (i *instance) unplugged(nr int, err error) error {
	return fmt.Errorf("%s: the card on network %d may hang on no switch, until vlan%d.heal() plugs it in: %w", i.name, nr, nr, err)
}

// remove has QEMU take something away, unless it is not there.
func (i *instance) remove(ctx context.Context, command, id string) error {
	_, err := i.qmp.Execute(ctx, command, map[string]any{"id": id})
	var refused *qmp.Error
	if errors.As(err, &refused) && strings.HasSuffix(refused.Desc, "not found") {
		return nil
	}
	return err
}

// moment is how long what has begun goes on when its caller gives up: QEMU answers within milliseconds if it does at all.
const moment = time.Second

// begun gives a context for what is not to be left half done: it ends a moment after ctx does.
func begun(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(moment, cancel)
		context.AfterFunc(longer, func() { t.Stop() })
	})
	return longer, func() { stop(); cancel() }
}
