server: Machine

sizes: dict[str, int] = {"small": 1, "medium": 10, "large": 100}

server.wait_for_unit("upload.service")
for label, mib in sizes.items():
    with subtest("upload " + label):
        path = "/tmp/%s.bin" % label
        server.succeed("dd if=/dev/urandom of=%s bs=1M count=%d" % (path, mib), timeout = 300)
        server.succeed("curl --fail -T {0} http://localhost:8080/files/{1}".format(path, label))
        sums = server.succeed("sha256sum %s /srv/files/%s" % (path, label)).splitlines()
        t.assertEqual(sums[0].split()[0], sums[1].split()[0])
server.copy_from_machine("/srv/files/small", "uploads")
