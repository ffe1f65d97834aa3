server: Machine
client: Machine

hosts = {"one.example": "first", "two.example": "second"}

def fetch(host: str, path: str = "/") -> str:
    return client.succeed("curl --fail --silent -H 'Host: %s' http://server%s" % (host, path))

start_all()
server.wait_for_unit("nginx.service")
client.wait_until_succeeds("curl --fail http://server/", timeout = 120)

for host, text in hosts.items():
    with subtest("host " + host):
        t.assertIn(text, fetch(host))
        t.assertNotIn("error", fetch(host, "/index.html").lower())
