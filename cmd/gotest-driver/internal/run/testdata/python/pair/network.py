# Two machines on one network: a server, a client, a fault.
start_all()

for machine in machines:
    machine.wait_until_succeeds("ip -4 addr show eth1 | grep inet")

addresses = {}
with subtest("addresses"):
    for m in [server, client]:
        line = next(l for l in m.succeed("ip -4 addr show eth1").splitlines() if "inet " in l)
        addresses[m.name] = line.split()[1].split("/")[0]
    print(addresses)
    assert len(set(addresses.values())) == 2

def get(path: str) -> tuple[int, str]:
    """Asks the server by hand: status and body."""
    answer = client.wait_until_succeeds(
        f"exec 3<>/dev/tcp/{addresses['server']}/8080; "
        f"printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    )
    head, _, body = answer.replace("\r", "").partition("\n\n")
    return int(head.split()[1]), body


with subtest("the server answers"):
    server.succeed("mkdir -p /srv/www && echo 'served page' > /srv/www/page.txt")
    server.succeed("pidof httpd || httpd -p 8080 -h /srv/www")
    server.wait_for_open_port(8080)
    status, page = get("/page.txt")
    print(status, page.strip())
    assert (status, page) == (200, "served page\n")
    assert get("/none")[0] == 404

with subtest("a cable is pulled"):
    ping = f"ping -c 1 -W 2 {addresses['server']}"
    client.wait_until_succeeds(ping)
    client.block()
    client.fail(ping)
    client.unblock()
    client.wait_until_succeeds(ping)

print("done", *sorted(m.name for m in machines), sep=" | ")
