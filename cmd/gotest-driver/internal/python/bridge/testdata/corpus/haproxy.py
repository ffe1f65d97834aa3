server: Machine
client: Machine

start_all()
server.wait_for_unit("multi-user.target")
server.wait_for_unit("haproxy.service")
server.wait_for_unit("httpd.service")

def body(path: str, port: int = 80) -> str:
    return client.succeed("curl -fLsS http://server:{}{}".format(port, path))

assert("We are all good!" in body("/index.txt"))
metrics = body("/metrics")
assert("haproxy_process_pool_allocated_bytes" in metrics)
samples = {}
for line in metrics.splitlines():
    if line.startswith("#") or " " not in line:
        continue
    key, value = line.rsplit(" ", 1)
    samples[key] = float(value)
t.assertGreater(len(samples), 10)
t.assertIn("haproxy_process_nbthread", samples)
with subtest("reload"):
    server.succeed("systemctl reload haproxy")
    server.succeed("pgrep haproxy > /dev/null")
    client.succeed("curl -fLk http://server:80/index.txt | grep 'We are all good!'")
