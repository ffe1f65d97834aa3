import shlex
server: Machine
client: Machine
tiny: Machine

PUBLIC = "/root/.ssh/id_ed25519.pub"
options = " ".join(["-o UserKnownHostsFile=/dev/null", "-o StrictHostKeyChecking=no", "-o ConnectTimeout=5"])

def remote(host: str, command: str, *, key: str = "/root/.ssh/id_ed25519", port: int = 22) -> tuple[int, str]:
    return client.execute("ssh {} -i {} -p {} root@{} {}".format(options, key, port, host, shlex.quote(command)), timeout = 60)

start_all()
server.wait_for_unit("sshd.service")
client.succeed('ssh-keygen -t ed25519 -f /root/.ssh/id_ed25519 -N ""')
public_key = client.succeed("cat " + PUBLIC).strip()
server.succeed("mkdir -m 700 /root/.ssh")
server.succeed("echo '{}' > /root/.ssh/authorized_keys".format(public_key))
with subtest("manual-authkey"):
    status, output = remote("server", "echo hello world")
    assert status == 0 and output == "hello world\n", output
    if "aarch64" in client.succeed("uname -m"):
        client.sleep(30)
with subtest("match-rules"):
    code, _out = remote("server", "true", key = "/nonexistent")
    t.assertNotEqual(code, 0)
    server.succeed("ss -nlt | grep '127.0.0.1:22'") if code == 255 else log.info("port {}".format(22))
with subtest("socket activated"):
    tiny.wait_for_unit("sshd.socket")
    tiny.wait_for_open_port(22)
    t.assertEqual(tiny.get_unit_info("sshd.socket")["ActiveState"], "active")
