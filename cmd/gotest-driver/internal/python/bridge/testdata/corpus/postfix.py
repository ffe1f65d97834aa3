import re
server: Machine

server.wait_for_unit("postfix.service")
server.succeed("send-testmail")
sent = 0
for attempt in range(10):
    queue = server.succeed("postqueue -j").strip()
    if not queue:
        break
    sent += len(queue.splitlines())
    server.sleep(1)
else_count = sent
assert(else_count >= 0)
code, maillog = server.execute("journalctl -u postfix --no-pager")
t.assertEqual(code, 0)
m = re.search(r"relay=([a-z.]+)", maillog)
relay = m.group(1) if m else "none"
assert relay in ["local", "none"], "relayed by " + relay
