package vlan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
)

// Member is a machine whose card can be moved to another switch while it runs.
type Member interface {
	Name() string
	// PlugVLAN connects the machine's card on network nr to the switch with that control directory. It does
	// nothing when the machine does not run: when it starts, it finds the switch by Network.Socket.
	PlugVLAN(ctx context.Context, nr int, socket string) error
	// OnVLAN reports whether the machine has a card on the network. A machine that does not run may get one when it starts.
	OnVLAN(ctx context.Context, nr int) (bool, error)
}

// Options are the options of [Start].
type Options struct {
	Dir     string       // for the sockets; must be short
	Group   int          // whose members may plug into switches, beside the user; they must be able to enter Dir. 0: none
	Guard   Guard        // may be nil
	OnDeath func(error)  // called when a process of the network ends without being closed
	Warn    func(string) // called for what a capture shows to be wrong with the network; may be nil
	// OutDir is the directory for test results, or empty. A file of a capture in or below it is not made through a link that
	// leads out of it, as a guest may have sent one.
	OutDir string
	// Hub carries the packets in this process in place of a vde_switch: machines connect with -netdev stream, and
	// impairments need no wirefilter. Containers can't be members then.
	Hub bool
}

// Network is a VLAN: a switch for all machines, and more switches while there are faults, or a hub.
type Network struct {
	Nr int
	o  Options

	mu        sync.Mutex
	hub       *hub    // nil: a vde_switch
	main      *Switch // nil: a hub
	members   map[string]*member
	partition [][]string // the groups, while it is partitioned
	groups    []*Switch  // a switch for each group, and one for the other members
	captures  map[*capture]bool
	watch     sync.WaitGroup
	cut       sync.Once // the warning that frames are cut
	switches  int       // how many additional ones were started so far
	closed    bool
}

// member is a machine on the network, with its faults.
type member struct {
	Member
	group   int // index into groups, while the network is partitioned
	impair  *Impairment
	private *Switch // while it is impaired
	wire    *wire
	wireTo  *Switch
	at      string // the control directory of the switch where it belongs
	loose   bool   // a move has failed: it may be plugged into another switch, or none
}

// unplug closes the member's own wire and switch.
func (m *member) unplug() error {
	var errs []error
	if m.wire != nil {
		errs = append(errs, m.wire.Close())
	}
	if m.private != nil {
		errs = append(errs, m.private.Close())
	}
	m.private, m.wire, m.wireTo = nil, nil, nil
	return errors.Join(errs...)
}

// Start starts a network.
func Start(ctx context.Context, nr int, o Options) (*Network, error) {
	n := &Network{Nr: nr, o: o, members: map[string]*member{}, captures: map[*capture]bool{}}
	var err error
	if o.Hub {
		n.hub, err = startHub(nr, filepath.Join(o.Dir, fmt.Sprintf("hub%d.ctl", nr)), o.OnDeath)
	} else {
		n.main, err = n.addSwitch(ctx, "")
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// IsHub reports whether machines connect to the network with -netdev stream (see Options.Hub).
func (n *Network) IsHub() bool { return n.hub != nil }

func (n *Network) addSwitch(ctx context.Context, suffix string) (*Switch, error) {
	s, err := startSwitch(ctx, n.Nr, switchDir(n.o.Dir, n.Nr, suffix), n.o.Group, n.o.Guard)
	if err == nil {
		n.watchProcess(s.process)
	}
	return s, err
}

func (n *Network) watchProcess(p *process) {
	n.watch.Go(func() {
		<-p.Done()
		if err := p.Err(); err != nil && n.o.OnDeath != nil {
			n.o.OnDeath(err)
		}
	})
}

// Name returns the network's name, such as "vlan1".
func (n *Network) Name() string { return fmt.Sprintf("vlan%d", n.Nr) }

// Dir returns the control directory of the main switch, which has all machines while there are no faults, or the
// directory of a hub's sockets.
func (n *Network) Dir() string {
	if n.hub != nil {
		return n.hub.dir
	}
	return n.main.Dir()
}

// Add makes a machine a member. Faults ignore a member without a card on the network.
func (n *Network) Add(m Member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if old := n.members[m.Name()]; old != nil {
		_ = old.unplug() // the processes have ended or are killed
	}
	added := &member{Member: m, group: len(n.partition)}
	if n.hub != nil {
		n.hub.place(m.Name(), added.group, nil)
	} else if added.at = n.main.Dir(); n.groups != nil {
		added.at = n.groups[added.group].Dir()
	}
	n.members[m.Name()] = added
}

// Socket returns where a member's card belongs now: the control directory of a vde_switch, or the Unix socket of a hub.
func (n *Network) Socket(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hub != nil {
		return n.hub.port(name, len(n.partition)).path
	}
	if m := n.members[name]; m != nil {
		return m.at
	}
	return n.main.Dir()
}

// list returns the members, sorted by name.
func (n *Network) list() []*member {
	return slices.SortedFunc(maps.Values(n.members), func(a, b *member) int { return cmp.Compare(a.Name(), b.Name()) })
}

func (n *Network) named(ctx context.Context, name string) (*member, error) {
	if m := n.members[name]; m != nil {
		if on, err := m.OnVLAN(ctx, n.Nr); on || err != nil {
			return m, err
		}
	}
	return nil, fmt.Errorf("%s: the machine %s is not connected to it, or is a container with a start script, which only block() can disconnect", n.Name(), name)
}

// Faults are all faults of a network at a moment.
type Faults struct {
	groups [][]string
	impair map[string]Impairment
}

// Faults returns the current faults, for Restore.
func (n *Network) Faults() Faults {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := Faults{groups: n.partition, impair: map[string]Impairment{}}
	for name, m := range n.members {
		if m.impair != nil {
			f.impair[name] = *m.impair
		}
	}
	return f
}

// Restore replaces the current faults by those of an earlier moment.
func (n *Network) Restore(ctx context.Context, f Faults) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil
	}
	for name, m := range n.members {
		m.impair = nil
		if i, ok := f.impair[name]; ok {
			m.impair = &i
		}
	}
	return n.split(ctx, f.groups)
}

// Partition splits the network: members reach only those of their own group. Members without a group form a
// group together.
func (n *Network) Partition(ctx context.Context, groups [][]string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.split(ctx, groups)
}

// split moves the members to a switch for each group; without groups it joins the network again.
func (n *Network) split(ctx context.Context, groups [][]string) error {
	of := map[string]int{}
	for i, g := range groups {
		for _, name := range g {
			if _, err := n.named(ctx, name); err != nil {
				return err
			}
			if _, twice := of[name]; twice {
				return fmt.Errorf("%s: the machine %s is in two groups", n.Name(), name)
			}
			of[name] = i
		}
	}
	var switches []*Switch
	if len(groups) > 0 && n.hub == nil {
		for range len(groups) + 1 {
			n.switches++
			s, err := n.addSwitch(ctx, fmt.Sprintf("g%d", n.switches))
			if err != nil {
				for _, s := range switches {
					err = errors.Join(err, s.Close())
				}
				return err
			}
			switches = append(switches, s)
		}
	}
	old := n.groups
	n.groups, n.partition = switches, groups
	for _, s := range switches {
		for c := range n.captures {
			c.add(ctx, s)
		}
	}
	for name, m := range n.members {
		g, ok := of[name]
		if !ok {
			g = len(groups)
		}
		m.group = g // has no meaning while the network is not partitioned
	}
	return n.apply(ctx, old)
}

// Impair impairs the network for a member, or for all when name is empty.
func (n *Network) Impair(ctx context.Context, name string, i Impairment) error {
	if err := i.check(); err != nil {
		return fmt.Errorf("%s: %w", n.Name(), err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if name != "" {
		m, err := n.named(ctx, name)
		if err != nil {
			return err
		}
		m.impair = &i
		return n.apply(ctx, nil)
	}
	if len(n.members) == 0 {
		return fmt.Errorf("%s: no machine that it could impair is connected to it", n.Name())
	}
	// A packet crosses the sender's wire and the receiver's, so only the way into the network is impaired.
	i.outOnly = true
	for _, m := range n.members {
		m.impair = &i
	}
	return n.apply(ctx, nil)
}

// Heal undoes Impair for a member, or all faults when name is empty.
func (n *Network) Heal(ctx context.Context, name string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil
	}
	if name != "" {
		m, err := n.named(ctx, name)
		if err != nil {
			return err
		}
		m.impair = nil
		return n.apply(ctx, nil)
	}
	for _, m := range n.members {
		m.impair = nil
	}
	return n.split(ctx, nil)
}

// apply moves every member to the switch where it belongs, and then closes unused switches.
func (n *Network) apply(ctx context.Context, unused []*Switch) error {
	var errs []error
	if n.hub != nil {
		for _, m := range n.members {
			n.hub.place(m.Name(), m.group, m.impair)
		}
		return nil
	}
	for _, m := range n.list() {
		errs = append(errs, n.place(ctx, m))
	}
	for _, s := range unused {
		for c := range n.captures {
			c.remove(s)
		}
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// place moves one member.
func (n *Network) place(ctx context.Context, m *member) error {
	base := n.main
	if n.groups != nil {
		base = n.groups[m.group]
	}
	if m.at == base.Dir() && m.impair == nil && m.private == nil && !m.loose {
		return nil
	}
	if on, err := m.OnVLAN(ctx, n.Nr); err != nil || !on {
		return err
	}
	to := base
	if m.impair != nil {
		if m.private == nil {
			n.switches++
			s, err := n.addSwitch(ctx, fmt.Sprintf("p%d", n.switches))
			if err != nil {
				return err
			}
			m.private = s
		}
		if m.wire == nil || m.wireTo != base || m.wire.impairment != *m.impair {
			if m.wire != nil {
				if err := m.wire.Close(); err != nil {
					return err
				}
				m.wire = nil
			}
			if err := base.settle(ctx); err != nil {
				return err
			}
			if err := m.private.settle(ctx); err != nil {
				return err
			}
			n.switches++
			w, err := startWire(ctx, n.Nr, m.private.Dir(), base.Dir(), filepath.Join(n.o.Dir, fmt.Sprintf("w%d-%d", n.Nr, n.switches)), *m.impair, n.o.Guard)
			if err != nil {
				return err
			}
			n.watchProcess(w.process)
			m.wire, m.wireTo = w, base
		}
		to = m.private
	}
	if m.at != to.Dir() || m.loose {
		m.at, m.loose = to.Dir(), true
		if err := to.settle(ctx); err != nil {
			return err
		}
		if err := m.PlugVLAN(ctx, n.Nr, to.Dir()); err != nil {
			return fmt.Errorf("%s: %s can't be moved to another switch: %w", n.Name(), m.Name(), err)
		}
		m.loose = false
	}
	if m.impair == nil {
		return m.unplug()
	}
	return nil
}

// Close ends the network.
func (n *Network) Close() error {
	n.mu.Lock()
	n.closed = true
	var errs []error
	for c := range n.captures {
		errs = append(errs, c.Close())
	}
	n.captures = nil
	for _, m := range n.members {
		errs = append(errs, m.unplug())
	}
	if n.hub != nil {
		errs = append(errs, n.hub.Close())
	} else {
		for _, s := range append(n.groups, n.main) {
			errs = append(errs, s.Close())
		}
	}
	n.mu.Unlock()
	n.watch.Wait()
	return errors.Join(errs...)
}
