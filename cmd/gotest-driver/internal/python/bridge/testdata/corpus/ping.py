a: Machine
b: Machine

start_all()
for m in [a, b]:
    m.wait_for_unit("network-online.target")
a.succeed("ping -c 3 192.168.1.2")
b.succeed("ping -c 3 192.168.1.1", "ip -4 address show eth1")
b.block()
a.wait_until_fails("ping -c 1 -W 1 192.168.1.2", timeout = 30)
b.unblock()
a.wait_until_succeeds("ping -c 1 192.168.1.2", attempt_timeout = 5)
