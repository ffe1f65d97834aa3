import shlex
proxy: Machine
client: Machine

users = [("alice", "secret"), ("bob", "hunter2")]

proxy.start()
client.start()
proxy.wait_for_unit("squid.service")
proxy.wait_for_open_port(3128)

for user, password in users:
    url = "http://%s:%s@proxy:3128" % (user, password)
    client.succeed("curl --fail -x {} http://example.test/".format(shlex.quote(url)))

client.fail("curl --fail -x http://proxy:3128 http://example.test/")
log_lines = proxy.succeed("cat /var/log/squid/access.log").splitlines()
denied = len([l for l in log_lines if "TCP_DENIED" in l])
t.assertGreaterEqual(denied, 1)
