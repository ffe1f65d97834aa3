machine: Machine

def pools() -> dict[str, str]:
    return {line.split("\t")[0]: line.split("\t")[1] for line in machine.succeed("zpool list -H -o name,health").splitlines()}

machine.wait_for_unit("multi-user.target")
machine.succeed("modprobe zfs", "zpool status")
machine.succeed("parted --script /dev/vdb mklabel msdos", "zpool create rpool /dev/vdb")
assert(pools() == {"rpool": "ONLINE"})
machine.succeed('echo "1234" | zfs create -o encryption=aes-256-gcm -o keyformat=passphrase rpool/secret')
machine.crash()
machine.start()
machine.wait_for_unit("multi-user.target")
machine.fail("zfs get -H -o value keystatus rpool/secret | grep -x available")
key_status = machine.succeed("zfs get -H -o value keystatus rpool/secret").strip()
t.assertIn(key_status, ["available", "unavailable"])
machine.wait_for_console_text("rpool")
