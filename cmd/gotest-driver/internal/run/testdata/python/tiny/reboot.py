# What outlives a reboot, a crash and a power-off, and what does not.
machine.start(allow_reboot=True)


def boot_id():
    return machine.succeed("cat /proc/sys/kernel/random/boot_id").strip()


ids = [boot_id()]

with subtest("files in memory are gone after a reboot"):
    machine.succeed("echo volatile > /tmp/file")
    machine.reboot()
    machine.fail("test -e /tmp/file")
    ids.append(boot_id())

with subtest("a crash"):
    machine.crash()
    print("up:", machine.is_up())
    machine.start()
    ids.append(boot_id())

with subtest("each boot is one of its own"):
    assert len(set(ids)) == len(ids) == 3
    assert all(len(i) == 36 and i.count("-") == 4 for i in ids)
    print(f"{len(ids)} boots")

machine.shutdown()
print("booted:", machine.booted)
