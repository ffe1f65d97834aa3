package run_test

import (
	"context"
	"fmt"
	"testing"

	"al.essio.dev/pkg/shellescape"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
)

// startCommand returns a command that runs tiny like a start script that supports no faults: its card is connected to
// the switch itself.
func startCommand(t *testing.T, number int) string {
	t.Helper()
	img, err := guest.Ensure(t.Context(), "tiny", guest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bin, err := qemu.Find("")
	if err != nil {
		t.Skip(err)
	}
	mac := fmt.Sprintf("52:54:00:12:01:%02x", number)
	words := fmt.Sprintf("console=ttyS0 panic=-1 net.ifnames=0 gotest.net=eth1,192.168.1.%d/24,%s", number, mac)
	return shellescape.QuoteCommand([]string{bin, "-nodefaults", "-m", "128", "-kernel", img.Kernel, "-initrd", img.Initrd, "-append", words}) +
		` -netdev vde,id=vlan1,sock="$QEMU_VDE_SOCKET_1" -device virtio-net-pci,netdev=vlan1,romfile=,mac=` + mac
}

// TestFaultsOfStartScripts: a card that the driver has not plugged in can still be moved to another switch.
func TestFaultsOfStartScripts(t *testing.T) {
	dir := shortDir(t)
	script := fmt.Sprintf(`
a = create_machine(%q, name = "a")
b = create_machine(%q, name = "b")
c = create_machine(guest = "tiny", name = "c", memory = 128)
start_all()
for m in [a, b, c]:
    m.connect()

B = "192.168.1.2"

def reaches() -> bool:
    return a.execute("ping -c 1 -W 2 " + B)[0] == 0

def reaches_again() -> None:
    a.wait_until_succeeds("ping -c 1 -W 2 " + B, timeout = 100)

reaches_again()
for _ in subtest("partition"):
    vlan1.partition([a])
    t.assertFalse(reaches())
    vlan1.partition([a, b])
    reaches_again()
    assert.fails(lambda: vlan1.partition([c]), "c is not connected to it")
for _ in subtest("packets of any length pass"):
    vlan1.impair(a, delay = 200)
    out = a.succeed("ping -c 3 -s 1400 " + B)
    rtt = re.search(r"min/avg/max = ([0-9.]+)/", out)
    assert(rtt != None and float(rtt.group(1)) >= 400, out)
    vlan1.impair(b, loss = 100)
    t.assertFalse(reaches())
reaches_again()
for _ in subtest("a cable is pulled from where the card is now"):
    vlan1.impair(a, delay = 1)
    a.block()
    t.assertFalse(reaches())
    a.unblock()
    reaches_again()
for _ in subtest("a machine starts where it belongs"):
    vlan1.partition([b])
    b.crash()
    b.start()
    b.connect()
    t.assertFalse(reaches())
    vlan1.heal()
    reaches_again()
`, startCommand(t, 1), startCommand(t, 2))
	if out, err := runScript(context.Background(), dir, "faults", script); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNetworkOutlivesFaults: a card that is moved while packets of full size go in both directions sends and receives
// afterwards, whether the driver or a start script describes its machine.
func TestNetworkOutlivesFaults(t *testing.T) {
	dir := shortDir(t)
	script := fmt.Sprintf(`
a = create_machine(guest = "tiny", name = "a", vlans = [1], memory = 128)
b = create_machine(%q, name = "b")
start_all()
for m in [a, b]:
    m.connect()

B = "192.168.1.2"
reach = "for i in 1 2 3 4 5; do ping -c 1 -W 1 %%s >/dev/null && exit 0; done; exit 1"

a.wait_until_succeeds("ping -c 1 -W 2 " + B, timeout = 100)
for m, other in [(a, B), (b, "192.168.1.1")]:
    m.execute("(while :; do ping -c 50 -i 0.01 -s 1400 " + other + "; done) >/dev/null 2>&1 &", check_output = False)
for n in range(6):
    vlan1.partition([a], [b])
    vlan1.heal()
    a.succeed(reach %% B)
    vlan1.impair(delay = 5)
    vlan1.heal()
    a.succeed(reach %% B)
    a.block()
    b.block()
    a.unblock()
    b.unblock()
    a.succeed(reach %% B)
`, startCommand(t, 2))
	if out, err := runScript(context.Background(), dir, "traffic", script); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
