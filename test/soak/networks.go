//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"al.essio.dev/pkg/shellescape"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// reachLimit is the longest time until a network works after a fault, while processes are being stopped.
const reachLimit = 60 * time.Second

// networks causes faults in a network under full traffic. The driver describes one of its machines, a start script the other.
func networks(ctx context.Context, w *worker) (string, error) {
	network, err := w.d.VLAN(ctx, 1)
	if err != nil {
		return "nothing", err
	}
	img, err := guest.Ensure(ctx, "tiny", guest.Options{})
	if err != nil {
		return "nothing", err
	}
	bin, err := qemu.Find("")
	if err != nil {
		return "nothing", err
	}
	const mac = "52:54:00:12:01:02"
	line := shellescape.QuoteCommand([]string{bin, "-nodefaults", "-m", "128", "-kernel", img.Kernel, "-initrd", img.Initrd,
		"-append", "console=ttyS0 panic=-1 net.ifnames=0 gotest.net=eth1,192.168.1.2/24," + mac}) +
		` -netdev vde,id=card,sock="$QEMU_VDE_SOCKET_1" -device virtio-net-pci,netdev=card,romfile=,mac=` + mac
	a, err := w.start(ctx, driver.MachineConfig{Name: "a", Guest: "tiny", VLANs: []int{1}, Memory: 128}, machine.StartConfig{})
	if err != nil {
		return "nothing", err
	}
	b, err := w.start(ctx, driver.MachineConfig{Name: "b", StartScript: line}, machine.StartConfig{})
	if err != nil {
		return "nothing", err
	}
	if err := w.reach(ctx, a); err != nil {
		return "nothing", err
	}
	for m, other := range map[*machine.Machine]string{a: "192.168.1.2", b: "192.168.1.1"} {
		flood := fmt.Sprintf("(while :; do ping -c 50 -i 0.01 -s 1400 %s; done) >/dev/null 2>&1 &", other)
		if _, err := m.Execute(ctx, flood, machine.ExecuteOptions{NoOutput: true}); err != nil {
			return "nothing", err
		}
	}
	faults := map[string]int{}
	did := func() string {
		return fmt.Sprintf("%d partitions, %d impairments, %d blocks", faults["partition"], faults["impair"], faults["block"])
	}
	for range 15 + w.rng.IntN(15) {
		kind, err := w.fault(ctx, network, a, b)
		if err != nil {
			return did(), err
		}
		faults[kind]++
		if err := w.reach(ctx, a); err != nil {
			return did(), err
		}
	}
	return did(), nil
}

// fault causes a fault and ends it. It returns what kind it was.
func (w *worker) fault(ctx context.Context, network *vlan.Network, a, b *machine.Machine) (kind string, err error) {
	which, lasts, look := w.rng.IntN(5), seconds(w.rng, 0, 0.5), w.rng.IntN(4) == 0
	name := []string{"", "a", "b"}[w.rng.IntN(3)]
	impairment := vlan.Impairment{Delay: float64(w.rng.IntN(50)), Loss: float64(w.rng.IntN(30)), Rate: w.rng.IntN(2) * 100_000}
	end := func() error { return network.Heal(ctx, "") }
	apart := true // the two machines
	switch which {
	case 0, 1:
		kind = "partition"
		groups := [][][]string{{{"a"}, {"b"}}, {{"a"}}, {{"a", "b"}}}[w.rng.IntN(3)]
		apart = len(groups) == 2 || len(groups[0]) == 1
		say("partition %v for %s", groups, lasts)
		err = network.Partition(ctx, groups)
	case 2, 3:
		kind, apart = "impair", false
		say("impair %q: %+v for %s", name, impairment, lasts)
		err = network.Impair(ctx, name, impairment)
	case 4:
		kind = "block"
		m := map[string]*machine.Machine{"": a, "a": a, "b": b}[name]
		say("block %s for %s", m.Name(), lasts)
		err = m.Block(ctx)
		end = func() error { return m.Unblock(ctx) }
	}
	if err != nil {
		return kind, err
	}
	if apart && look {
		// Packets in flight may still arrive.
		r, err := a.Execute(ctx, "sleep 0.5; ping -c 2 -W 1 192.168.1.2", machine.ExecuteOptions{Timeout: w.limit(reachLimit)})
		if err != nil {
			return kind, err
		}
		if r.Status == 0 {
			w.problem("a reaches b though they are apart")
		}
	}
	select {
	case <-time.After(lasts):
	case <-ctx.Done():
		return kind, context.Cause(ctx)
	}
	return kind, end()
}

// reach waits until b answers a.
func (w *worker) reach(ctx context.Context, a *machine.Machine) error {
	_, err := a.WaitUntilSucceeds(ctx, "ping -c 1 -W 2 192.168.1.2", machine.Wait{Timeout: w.limit(reachLimit)})
	if err != nil {
		return fmt.Errorf("the network carries nothing: %w", err)
	}
	return nil
}
