package run_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver/guest"
)

// nspawnScript does what a start script of nixpkgs' does around systemd-nspawn: it makes a named network namespace, a
// bridge for the network that the containers share, and a pair of cards that joins both, and removes all of that on
// SIGTERM. Instead of NixOS in the store it starts a system in a directory.
const nspawnScript = `#!/bin/bash
name=%[1]s root=$RUN_NSPAWN_ROOT_DIR ns=nixos-nspawn-%[1]s child=
trap 'exit 0' TERM
finish() {
  [ -z "$child" ] || { kill "$child"; wait "$child"; } 2>/dev/null
  ip link delete $name-eth1
  (flock 9; [ -n "$(ls /sys/class/net/br1/brif)" ] || ip link delete br1) 9>/run/nixos-nspawn/vlan-1.lock
  ip netns delete $ns
  umount "$root"
}
trap finish EXIT
set -e
mkdir -p /run/nixos-nspawn "$root" upper-script work-script
mount -t overlay overlay -o "lowerdir=%[2]s,upperdir=$PWD/upper-script,workdir=$PWD/work-script" "$root"
ip netns add $ns
(
  flock 9
  if ! ip link show br1 >/dev/null 2>&1; then
    ip link add br1 type bridge
    ip link set br1 up
    ip addr add 192.168.1.254/24 dev br1
  fi
) 9>/run/nixos-nspawn/vlan-1.lock
ip link add $name-eth1 type veth peer name eth1 netns $ns
ip link set $name-eth1 master br1
ip link set $name-eth1 up
SYSTEMD_NSPAWN_API_VFS_WRITABLE=network systemd-nspawn --private-network --machine=$name --private-users=no --bind=/proc:/run/host/proc --bind=/sys:/run/host/sys \
  --keep-unit --register=no --notify-ready=yes --kill-signal=SIGRTMIN+3 --bind="$RUN_NSPAWN_SHARED_DIR:/tmp/shared" --resolv-conf=off --timezone=off --link-journal=no \
  --directory="$root" --network-namespace-path=/run/netns/$ns /lib/systemd/systemd "$@" &
child=$!
status=0
wait $child || status=$?
child=
exit $status
`

// TestContainersOfStartScripts: containers of a configuration's start scripts, a container of the driver's own and a
// recording share a network; nothing is left of them.
func TestContainersOfStartScripts(t *testing.T) {
	dir := place(t)
	img, err := guest.Ensure(t.Context(), "container", guest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var commands []any
	for _, name := range []string{"scripta", "scriptb"} {
		file := filepath.Join(dir, "run-"+name+"-nspawn")
		if err := os.WriteFile(file, fmt.Appendf(nil, nspawnScript, name, img.Root), 0o700); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, file)
	}
	out, err := runScript(context.Background(), dir, "scripts", fmt.Sprintf(`
a = create_machine(%q)
b = create_machine(%q)
own = create_machine(container = "container", name = "scriptc", vlans = [1])
t.assertEqual([a.name, b.name], ["scripta", "scriptb"])
start_all()
for m, address in [(a, "192.168.1.1/24"), (b, "192.168.1.2/24")]:
    m.wait_for_unit("multi-user.target")
    m.succeed("ip link set eth1 up", "ip addr add %%s dev eth1" %% address)

for _ in subtest("they reach each other, and the driver's own container"):
    vlan1.capture("scripts.pcap")
    a.wait_until_succeeds("ping -c 1 -W 2 192.168.1.2", timeout = 100)
    a.wait_until_succeeds("ping -c 1 -W 2 192.168.1.3", timeout = 100)
    own.wait_until_succeeds("ping -c 1 -W 2 192.168.1.2", timeout = 100)

for _ in subtest("a cable is pulled"):
    b.block()
    a.fail("ping -c 1 -W 2 192.168.1.2")
    b.unblock()
    a.wait_until_succeeds("ping -c 1 -W 2 192.168.1.2", timeout = 100)
    assert.fails(lambda: vlan1.partition([a]), "scripta .*start script")

for _ in subtest("files, a second READY=1, a new start"):
    a.copy_from_host("/etc/hostname", "/tmp/copied")
    a.succeed("test -s /tmp/copied")
    a.succeed("systemctl daemon-reexec", timeout = 100)
    a.succeed("systemctl daemon-reexec", timeout = 100)
    a.shutdown()
    a.start()
    a.wait_for_unit("multi-user.target")
    b.succeed("true")
`, commands...))
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, m := range []string{"scripta", "scriptb", "scriptc"} {
		if l := left(dir, m); len(l) > 0 {
			t.Errorf("left behind: %v", l)
		}
	}
}
