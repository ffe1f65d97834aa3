package nspawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// plug is a process that joins a card of a container, or a bridge of the sandbox, to a switch.
type plug struct {
	*vlan.Tap
}

// startPlug joins a tap device in the sandbox, in the named network namespace if one is given, to a switch, and waits
// until it has a carrier.
func (s *Sandbox) startPlug(ctx context.Context, nr int, netns, device, socket string, onDeath func(error)) (*plug, error) {
	run := s.enter()
	ip := "ip"
	if netns != "" {
		run = append(run, "ip", "netns", "exec", netns)
		ip = "ip -n " + quote(netns)
	}
	t, err := vlan.StartTap(s.guard, nr, run, socket, device)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, plugTimeout, fmt.Errorf("vlan%d: the card %s was not joined within %s", nr, device, plugTimeout))
	defer cancel()
	watch, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-t.Done():
			stop()
		case <-watch.Done():
		}
	}()
	if err := s.run(watch, "sh", "-c", "until "+ip+" link show dev "+quote(device)+" | grep -q LOWER_UP; do sleep 0.01; done"); err != nil {
		if c := context.Cause(ctx); c != nil {
			err = c
		}
		return nil, errors.Join(t.Err(), err, t.Close())
	}
	p := &plug{t}
	go func() {
		<-t.Done()
		if err := t.Err(); err != nil && onDeath != nil {
			onDeath(err)
		}
	}()
	return p, nil
}

// plugTimeout bounds the wait for a card that is being joined to a switch.
const plugTimeout = 10 * time.Second

// netns returns the name of the container's network namespace.
func (i *instance) netns() string { return hostName(i.o.Name) }

func cardName(index int) string { return fmt.Sprintf("eth%d", index+1) }

// makeNetwork makes the container's cards, joined to their networks. Meanwhile the container stands still.
func (i *instance) makeNetwork(ctx context.Context) error {
	ns, leader := i.netns(), i.notify.Leader()
	if err := i.ownNamespaces(ctx, leader); err != nil {
		return err
	}
	q := quote(ns)
	script := fmt.Sprintf("set -e\nip netns del %s 2>/dev/null || :\nip netns attach %[1]s %d\nip -n %[1]s link set lo up\n", q, leader)
	for k, n := range i.nics {
		c := cardName(k)
		script += fmt.Sprintf("ip -n %s tuntap add dev %s mode tap\nip -n %s link set %s address %s up\nip -n %s addr add %s dev %s\n",
			q, c, q, c, n.MAC, q, n.Address, c)
	}
	if err := i.b.Sandbox.run(ctx, "sh", "-c", script); err != nil {
		return fmt.Errorf("%s: the container's network can't be made: %w", i.o.Name, err)
	}
	for k := range i.nics {
		if err := i.plugIn(ctx, k); err != nil {
			return err
		}
	}
	for _, m := range []string{"uid_map", "gid_map"} {
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/%s", leader, m), []byte("0 0 65536\n"), 0); err != nil {
			return fmt.Errorf("%s: the container's users can't be numbered: %w", i.o.Name, err)
		}
	}
	return nil
}

// ownNamespaces waits until the container's first process has made its namespaces.
func (i *instance) ownNamespaces(ctx context.Context, leader int) error {
	for {
		switch inUserNamespace, err := hasUserNamespace(leader); {
		case err == nil && inUserNamespace:
			return nil
		case err != nil && !errors.Is(err, os.ErrNotExist): // it has ended
			return fmt.Errorf("%s: the container's namespaces can't be read: %w", i.o.Name, err)
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-i.done:
			return &machine.DiedError{Machine: i.o.Name, Reason: "the container ended at its start: " + i.exit()}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// hasUserNamespace reports whether a process has another user namespace than the driver.
func hasUserNamespace(pid int) (bool, error) {
	own, err := os.Readlink("/proc/self/ns/user")
	if err != nil {
		return false, err
	}
	theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/user", pid))
	return theirs != own, err
}

// plugIn joins a card to its switch.
func (i *instance) plugIn(ctx context.Context, card int) error {
	n := i.nics[card]
	p, err := i.b.Sandbox.startPlug(ctx, n.VLAN, i.netns(), cardName(card), n.Socket, i.b.OnFatal)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended {
		return p.Close()
	}
	i.plugs[card] = p
	return nil
}

// plugOut removes a card from its switch.
func (i *instance) plugOut(card int) error {
	i.mu.Lock()
	p := i.plugs[card]
	delete(i.plugs, card)
	i.mu.Unlock()
	if p == nil {
		return nil
	}
	return p.Close()
}

// OnVLAN reports whether the container has a card on a network.
func (i *instance) OnVLAN(_ context.Context, nr int) (bool, error) {
	return slices.ContainsFunc(i.nics, func(n NIC) bool { return n.VLAN == nr }), nil
}

// PlugVLAN moves the card on a network to another switch; its device stays, and so do its addresses.
func (i *instance) PlugVLAN(ctx context.Context, nr int, socket string) error {
	i.cableMu.Lock()
	defer i.cableMu.Unlock()
	for k := range i.nics {
		if i.nics[k].VLAN != nr {
			continue
		}
		i.nics[k].Socket = socket
		if i.blocked {
			return nil
		}
		if err := i.plugOut(k); err != nil {
			return err
		}
		return i.plugIn(ctx, k)
	}
	return fmt.Errorf("%s: has no card on network %d", i.o.Name, nr)
}

// SetVLANLinks plugs or unplugs the cables. The container sees the loss and the return of the carrier.
func (i *instance) SetVLANLinks(ctx context.Context, up bool) error {
	i.cableMu.Lock()
	defer i.cableMu.Unlock()
	if i.b.StartScript != "" {
		return i.setBridgeLinks(ctx, up)
	}
	if len(i.nics) == 0 {
		return fmt.Errorf("%s: no network card hangs on a VLAN", i.o.Name)
	}
	if i.blocked == !up {
		return nil
	}
	i.blocked = !up
	for k := range i.nics {
		var err error
		if up {
			err = i.plugIn(ctx, k)
		} else {
			err = i.plugOut(k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// joinBridges joins the bridges that the start script has made to their networks.
func (i *instance) joinBridges() error {
	var errs []error
	for _, n := range i.nics {
		errs = append(errs, i.b.Sandbox.joinBridge(n.VLAN, n.Socket, i.b.OnFatal))
	}
	return errors.Join(errs...)
}

// joinBridge joins the bridge of a network, to which start scripts attach their containers, to the network's switch.
func (s *Sandbox) joinBridge(nr int, socket string, onDeath func(error)) error {
	s.bridgeMu.Lock()
	defer s.bridgeMu.Unlock()
	if s.bridges[nr] != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), plugTimeout)
	defer cancel()
	bridge, tap := fmt.Sprintf("br%d", nr), fmt.Sprintf("vde-tap%d", nr)
	if s.run(ctx, "ip", "link", "show", "dev", bridge) != nil {
		return nil // no container of the run is attached to this network yet
	}
	if err := s.run(ctx, "sh", "-c", fmt.Sprintf("ip tuntap add dev %s mode tap && ip link set %s master %s up", tap, tap, bridge)); err != nil {
		return fmt.Errorf("vlan%d: the containers' bridge can't be joined: %w", nr, err)
	}
	p, err := s.startPlug(ctx, nr, "", tap, socket, onDeath)
	if err == nil {
		s.bridges[nr] = p
	}
	return err
}

// setBridgeLinks does SetVLANLinks for a start script, which attaches each card as NAME-CARD to a bridge.
func (i *instance) setBridgeLinks(ctx context.Context, up bool) error {
	state := "down"
	if up {
		state = "up"
	}
	script := `n=0; for l in $(ip -o link | sed -n 's/^[0-9]*: \([^@:]*\).*/\1/p'); do case $l in "$0"-*) ip link set "$l" "$1"; n=1;; esac; done; [ $n = 1 ]`
	if err := i.b.Sandbox.run(ctx, "sh", "-c", script, i.o.Name, state); err != nil {
		return fmt.Errorf("%s: no network card hangs on a VLAN (%w)", i.o.Name, err)
	}
	return nil
}
