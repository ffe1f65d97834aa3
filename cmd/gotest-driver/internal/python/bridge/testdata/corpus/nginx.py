import re
"""nginx serves a page and reloads its configuration."""
server: Machine

start_all()
server.wait_for_unit("nginx.service")
server.wait_for_open_port(80)

with subtest("the front page is served"):
    page = server.succeed("curl --fail --silent http://localhost/")
    t.assertIn("Welcome", page)
    title = re.search("<title>(.*?)</title>", page)
    t.assertIsNotNone(title)
    log.info("title: %s" % title.group(1))

with subtest("a missing page gives 404"):
    status, out = server.execute("curl --silent --output /dev/null --write-out '%{http_code}' http://localhost/nope")
    t.assertEqual(status, 0)
    t.assertEqual(int(out.strip()), 404)

with subtest("reload keeps the main process"):
    before = server.get_unit_property("nginx.service", "MainPID")
    server.succeed("systemctl reload nginx.service")
    t.assertEqual(server.get_unit_property("nginx.service", "MainPID"), before)
