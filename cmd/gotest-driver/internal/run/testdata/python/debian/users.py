# Accounts, groups, permissions, and what a login on the console leads to.
start_all()
machine.wait_for_unit("multi-user.target")

users = [
    {"name": "bob", "uid": 2001, "groups": ["staff"]},
    {"name": "carol", "uid": 2002, "groups": ["staff", "games"]},
    {"name": "dave", "uid": 2003, "groups": []},
]


def as_user(user, command):
    return machine.succeed(f"cd ~{user} && runuser -u {user} -- bash -c '{command}'").strip()


with subtest("users are made"):
    for user in users:
        groups = ",".join(user["groups"])
        option = f"-G {groups}" if groups else ""
        machine.succeed(f"useradd -m -u {user['uid']} {option} {user['name']}")

with subtest("identities"):
    for user in users:
        name, uid = user["name"], user["uid"]
        assert as_user(name, "id -u") == str(uid), f"{name} has another uid"
        member = set(as_user(name, "id -nG").split())
        assert {name, *user["groups"]} <= member, member
        others = sorted(member - {name})
        print(f"{name} ({uid}) is in {others or 'no other group'}")

with subtest("/etc/passwd can be read back"):
    table = {}
    for line in machine.succeed("getent passwd").splitlines():
        name, _, uid, gid, *rest = line.split(":")
        table[name] = (int(uid), int(gid), rest[-1])
    homes = machine.succeed("ls /home").split()
    assert all(u["name"] in table and u["name"] in homes for u in users)
    assert table["root"][:2] == (0, 0)
    system = [n for n, (uid, *_) in table.items() if 0 < uid < 1000]
    print("system users:", len(system) > 3, "bob:", table["bob"])

with subtest("homes are private"):
    machine.succeed("chmod 700 /home/bob", "echo secret > /home/bob/note", "chown bob: /home/bob/note")
    assert as_user("bob", "cat note") == "secret"
    for other in ("carol", "dave"):
        status, _ = machine.execute(f"runuser -u {other} cat /home/bob/note")
        print(other, "reads the note:", status == 0)
        assert status != 0
    machine.fail("runuser -u dave touch /root/x")

with subtest("groups open doors"):
    machine.succeed("install -d -m 2770 -g staff /srv/staff")
    as_user("bob", "umask 007; echo shared > /srv/staff/file")
    assert as_user("carol", "cat /srv/staff/file") == "shared"
    machine.fail("runuser -u dave ls /srv/staff")

with subtest("no user is left"):
    for user in reversed(users):
        machine.succeed(f"userdel -r {user['name']} 2>/dev/null")
    left = [u["name"] for u in users if machine.execute(f"id {u['name']}")[0] == 0]
    print("left:", left)
    assert not left
    machine.succeed("rm -r /srv/staff")
