acme: Machine
webserver: Machine
client: Machine

DOMAIN = "a.example.test"
UNIT = "acme-finished-" + DOMAIN + ".target"

def check_issuer(node: Machine, cert_name: str, issuer: str):
    for fname in ("cert.pem", "fullchain.pem"):
        actual = node.succeed("openssl x509 -noout -issuer -in /var/lib/acme/{}/{}".format(cert_name, fname))
        assert issuer.lower() in actual.lower(), "{} issuer mismatch: {}".format(fname, actual)

def check_connection(node: Machine, domain: str, retries: int = 3) -> bool:
    if retries <= 0:
        return False
    status, output = node.execute("openssl s_client -brief -CAfile /tmp/ca.crt -servername %s -connect %s:443 < /dev/null 2>&1" % (domain, domain))
    for line in output.lower().split("\n"):
        if "verification" in line and "error" in line:
            node.sleep(1)
            return check_connection(node, domain, retries - 1)
    return status == 0

start_all()
acme.wait_for_unit("pebble.service")
client.wait_for_unit("default.target")
client.succeed("curl --fail https://%s:15000/roots/0 > /tmp/ca.crt" % acme.name)
webserver.wait_for_unit(UNIT, finished = True)
with subtest("can request a certificate"):
    check_issuer(webserver, DOMAIN, "pebble")
    assert(check_connection(client, DOMAIN))
with subtest("keeps the certificate over a restart"):
    before = webserver.succeed("sha256sum /var/lib/acme/{}/cert.pem".format(DOMAIN))
    webserver.succeed("systemctl restart acme-{}.service".format(DOMAIN))
    webserver.wait_for_unit(UNIT, finished = True)
    after = webserver.succeed("sha256sum /var/lib/acme/{}/cert.pem".format(DOMAIN))
    t.assertEqual(before, after)
