balancer: Machine
backends: list[Machine] = [m for m in machines if m.name.startswith("backend")]

start_all()
for backend in backends:
    backend.wait_for_unit("httpd.service")
balancer.wait_for_unit("haproxy.service")
balancer.wait_for_open_port(80)

seen: set[str] = set()
for i in range(10):
    answer = balancer.succeed("curl --fail --silent http://localhost/whoami?n=%d" % i).strip()
    seen.add(answer)

t.assertEqual(sorted(seen), sorted([b.name for b in backends]))

with subtest("a dead backend is taken out"):
    backends[0].shutdown(timeout = 60)
    left = [b.name for b in backends[1:]]
    for _try in range(5):
        name = balancer.wait_until_succeeds("curl --fail --silent http://localhost/whoami", timeout = 30).strip()
        t.assertIn(name, left)
