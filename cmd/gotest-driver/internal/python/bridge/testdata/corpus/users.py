machine: Machine

def passwd_entry(name: str) -> dict[str, str]:
    keys = ("name", "password", "uid", "gid", "gecos", "home", "shell")
    return dict(zip(keys, machine.succeed("getent passwd " + name).strip().split(":")))

def login_as(user: str, password: str, tty: int = 1):
    machine.wait_until_tty_matches(str(tty), "login: ")
    machine.send_chars(user + "\n")
    machine.wait_until_tty_matches(str(tty), "Password: ")
    machine.send_chars(password + "\n")
    machine.wait_until_succeeds("pgrep -u %s bash" % user)

machine.wait_for_unit("multi-user.target")
machine.wait_until_succeeds("pgrep -f 'agetty.*tty1'")
machine.screenshot("postboot")
with subtest("create user"):
    machine.succeed("useradd -m alice", "(echo foobar; echo foobar) | passwd alice")
with subtest("Switch VT"):
    machine.fail("pgrep -f 'agetty.*tty2'")
    machine.send_key("alt-f2")
    machine.wait_until_succeeds("[ $(fgconsole) = 2 ]")
    machine.wait_for_unit("getty@tty2.service")
with subtest("Log in on tty2"):
    login_as("alice", "foobar", tty = 2)
    machine.send_chars("touch done\n")
    machine.wait_for_file("/home/alice/done")
entry = passwd_entry("alice")
assert(int(entry["uid"]) >= 1000 and entry["home"] == "/home/" + entry["name"])
with subtest("reboot"):
    machine.succeed("systemctl reboot >&2 &")
    machine.wait_for_shutdown()
