machine: Machine

def get_ip(name: str) -> str:
    return machine.succeed("nixos-container show-ip " + name).rstrip()

def ping(name: str) -> bool:
    status, _ = machine.execute("ping -n -c 1 " + get_ip(name))
    return status == 0

with subtest("Make sure we have a NixOS tree"):
    machine.succeed("PAGER= nixos-container create foo --config-file /etc/foo.nix --ensure-unique-name")
id1 = "foo"
id2 = "foo-0"
machine.succeed("nixos-container create {} --ensure-unique-name".format(id2))
assert(id1 != id2)
for container in [id1, id2]:
    machine.succeed("nixos-container start " + container)
assert("up" in machine.succeed("nixos-container status " + id1))
assert get_ip(id1) != get_ip(id2), "both have the same address"
assert(all([ping(c) for c in (id1, id2)]))
machine.succeed("nixos-container stop " + id1)
machine.sleep(5)
assert not ping(id2) or not machine.is_up() or get_ip(id2) == "", "it still answers"
machine.succeed("nixos-container destroy " + id1, "nixos-container destroy " + id2)
with subtest("Ensure that the container path is gone"):
    machine.fail("test -e /var/lib/nixos-containers/" + id1)
