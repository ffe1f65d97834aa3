import json
server: Machine
client: Machine

def address(machine: Machine, interface: str) -> str:
    out = machine.succeed("ip -j -4 address show " + interface)
    return json.loads(out)[0]["addr_info"][0]["local"]

server.start()
server.wait_for_unit("dnsmasq.service")
client.start()
client.wait_until_succeeds("ip -4 address show eth1 | grep -q 'inet 192.168.1.'", timeout = 90)
ip = address(client, "eth1")
last = int(ip.split(".")[-1])
t.assertTrue(100 <= last and last <= 200, "%s is out of the range" % ip)
leases = server.succeed("cat /var/lib/dnsmasq/dnsmasq.leases")
t.assertIn(ip, leases)
