ns: Machine
client: Machine

records: dict[str, tuple[str, str]] = {
    "www.example.test": ("A", "192.0.2.10"),
    "mail.example.test": ("A", "192.0.2.20"),
    "example.test": ("MX", "10 mail.example.test."),
}

def dig(name: str, kind: str) -> list[str]:
    return client.succeed("dig +short @ns %s %s" % (name, kind)).splitlines()

start_all()
ns.wait_for_unit("nsd.service")
ns.wait_for_open_port(53)
for name, record in records.items():
    kind, value = record
    with subtest("record of " + name):
        t.assertIn(value, dig(name, kind))
client.fail("dig +short @ns nope.example.test | grep .")
