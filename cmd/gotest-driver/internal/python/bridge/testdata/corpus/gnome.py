machine: Machine

user_uid = 1000
bus = "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{}/bus".format(user_uid)

def su(command: str) -> str:
    return "su - alice -c '%s %s'" % (bus, command)

def gnome_eval(what: str) -> str:
    return su("gdbus call --session -d org.gnome.Shell -o /org/gnome/Shell -m org.gnome.Shell.Eval " + what)

with subtest("Login to GNOME with GDM"):
    machine.wait_for_x()
    machine.wait_for_unit("default.target", "alice")
with subtest("Check that logging in has given the user ownership of devices"):
    assert("alice" in machine.succeed("getfacl -p /dev/snd/timer"))
with subtest("Open GNOME Console"):
    machine.wait_until_succeeds(gnome_eval("Main.layoutManager._startingUp") + " | grep -q 'true,..false'")
    machine.succeed(su("xdg-open about: >&2 &"))
    machine.wait_for_window("gnome-console|Console", timeout = 120)
    machine.sleep(20)
    machine.screenshot("screen")
with subtest("no coredumps"):
    lines = machine.succeed("coredumpctl --json=short || true").strip()
    t.assertTrue(lines in ("", "[]", "null"), lines)
