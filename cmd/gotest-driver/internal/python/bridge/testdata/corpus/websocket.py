server: Machine

def connected(_last):
    status, out = server.execute("ss -tn state established '( sport = :9001 )' | tail -n +2 | wc -l")
    return status == 0 and int(out.strip()) >= 1

server.wait_for_unit("ws.service")
server.wait_for_open_port(9001)
server.succeed("websocat ws://localhost:9001 >&2 &")
retry(connected, timeout = 60)
t.assertRegex(server.succeed("journalctl -u ws.service --no-pager"), r"client \d+ connected")
