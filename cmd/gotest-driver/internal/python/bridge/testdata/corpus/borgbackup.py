client: Machine
server: Machine

def archives(repo: str) -> list[str]:
    lines = client.succeed("borg list --short " + repo).splitlines()
    return [line.strip() for line in lines if line.strip() != ""]

start_all()
client.fail("test -d /tmp/local")
client.succeed("cp /etc/id_ed25519 /root/.ssh/id_ed25519", "chmod 600 /root/.ssh/id_ed25519")
server.wait_for_unit("sshd.service")
with subtest("local"):
    client.systemctl("start --wait borgbackup-job-local")
    client.fail("systemctl is-failed borgbackup-job-local")
    found = archives("/tmp/local")
    assert len(found) == 1, "archives: " + ", ".join(found)
    client.succeed("borg extract /tmp/local::" + found[0])
    t.assertEqual(client.succeed("cat data/file").rstrip("\n"), "some data")
with subtest("remote, append only"):
    client.succeed("systemctl start --wait borgbackup-job-remote")
    status, _ = client.execute("borg delete borg@server:.::" + "nothing")
    assert(status != 0)
