import json
machine: Machine

def free_mib(mount: str) -> int:
    out = machine.succeed("df -m --output=avail %s | tail -n 1" % mount)
    return int(out.strip())

machine.wait_for_unit("local-fs.target")
before = free_mib("/")
machine.succeed("fallocate -l 64M /big")
used = before - free_mib("/")
t.assertTrue(60 <= used and used <= 70, "64 MiB took %d" % used)
machine.succeed("rm /big")
devices = json.loads(machine.succeed("lsblk --json"))["blockdevices"]
for device in devices:
    log.debug("%s: %s" % (device["name"], device["size"]))
