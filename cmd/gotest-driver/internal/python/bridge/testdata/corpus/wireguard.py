"""Two peers talk through a tunnel, and only through it."""
peer0: Machine
peer1: Machine

TUNNEL = {"peer0": "10.100.0.1", "peer1": "10.100.0.2"}

start_all()
for peer in [peer0, peer1]:
    peer.wait_for_unit("wireguard-wg0.service")

peer0.succeed("ping -c 2 " + TUNNEL["peer1"])
peer1.succeed("ping -c 2 %(peer0)s" % TUNNEL)

handshake = peer0.succeed("wg show wg0 latest-handshakes").split()
t.assertGreater(int(handshake[1]), 0)

with subtest("the tunnel comes back"):
    for v in vlans:
        v.impair(loss = 50.0, delay = 20.0)
    peer0.wait_until_succeeds("ping -c 1 -W 5 " + TUNNEL["peer1"], timeout = 120)
    for v in vlans:
        v.heal()
