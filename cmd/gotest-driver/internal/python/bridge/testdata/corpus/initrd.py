machine: Machine

machine.wait_for_unit("initrd.target", timeout = 60)
t.assertIn("initrd", machine.succeed("cat /etc/initrd-release"))
machine.switch_root()
machine.wait_for_unit("default.target")
for path in ["/etc/os-release", "/usr/bin/env"]:
    machine.wait_for_file(path)
release = {}
for line in machine.succeed("cat /etc/os-release").splitlines():
    if "=" in line and not line.startswith("#"):
        key, value = line.split("=", 1)
        release[key] = value.strip('"')
t.assertTrue("ID" in release)
log.info("{NAME} {VERSION}".format(NAME = release["NAME"], VERSION = release.get("VERSION", "?")))
