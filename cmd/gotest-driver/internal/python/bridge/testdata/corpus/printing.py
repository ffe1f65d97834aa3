import re
server: Machine
client: Machine

start_all()
server.wait_for_unit("cups.service")
client.wait_for_unit("cups.service")
client.succeed("lpadmin -p remote -v ipp://server/printers/local -E", "lpoptions -d remote")
client.wait_until_succeeds("lpq | grep -q 'remote is ready'", timeout = 30)
jobs: list[int] = []
for page in ["a.txt", "b.txt"]:
    out = client.succeed("lp /etc/pages/%s" % page)
    found = re.search("remote-([0-9]+)", out)
    t.assertIsNotNone(found)
    jobs.append(int(found.group(1)))
t.assertEqual(jobs[1] - jobs[0], 1)
server.wait_until_succeeds("test $(lpstat -W completed | wc -l) -ge %d" % len(jobs))
