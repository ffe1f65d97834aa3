import json
router: Machine
client: Machine

def addresses(node: Machine, iface: str, family: int = 4) -> list[str]:
    found = []
    for link in json.loads(node.succeed("ip -j -{} addr show dev {}".format(family, iface))):
        for info in link.get("addr_info", []):
            if info["scope"] == "global":
                found.append("%s/%d" % (info["local"], info["prefixlen"]))
    return found

start_all()
router.wait_for_unit("systemd-networkd-wait-online.service", finished = True)
client.wait_for_unit("systemd-networkd-wait-online.service", finished = True)
client.wait_until_succeeds("ping -c 5 192.168.1.1")
with subtest("Test the lease"):
    v4 = addresses(client, "eth1")
    t.assertEqual(len(v4), 1, repr(v4))
    host, _, prefix = v4[0].partition("/")
    assert(host.startswith("192.168.1.") and prefix == "24")
with subtest("Test DNS"):
    line = [l for l in client.succeed("resolvectl status eth1").splitlines() if "DNS Servers" in l]
    assert(len(line) > 0 and line[0].split(":")[1].strip() == "192.168.1.1")
