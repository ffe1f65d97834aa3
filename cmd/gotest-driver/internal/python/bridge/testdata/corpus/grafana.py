import json
sqlite: Machine
postgresql: Machine

def grafana_version(m: Machine) -> tuple[int, ...]:
    info = json.loads(m.succeed("curl -sSfN http://127.0.0.1:3000/api/health"))
    return tuple([int(x) for x in info["version"].split(".")])

start_all()
nodes = {"sqlite": sqlite, "postgresql": postgresql}
for name, node in nodes.items():
    with subtest("Successful API query as admin user with %s db" % name):
        node.wait_for_unit("grafana.service")
        node.wait_for_open_port(3000)
        out = node.succeed("curl -sSfN -u testadmin:snakeoilpwd http://127.0.0.1:3000/api/org/users")
        t.assertIn("testadmin@localhost", out)
        assert(grafana_version(node)[0] >= 10)
        node.shutdown()
