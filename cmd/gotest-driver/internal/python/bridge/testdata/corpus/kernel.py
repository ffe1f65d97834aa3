machine: Machine

machine.connect()
version = machine.succeed("uname -r").strip()
parts = version.split(".")
major, minor = int(parts[0]), int(parts[1])
t.assertTrue((major, minor) >= (5, 10), "the kernel %s is too old" % version)
cmdline = machine.succeed("cat /proc/cmdline").split()
options = {}
for word in cmdline:
    key, _, value = word.partition("=")
    options[key] = value
t.assertIn("console", options)
memory = machine.succeed("awk '/MemTotal/ { print $2 }' /proc/meminfo")
mib = int(memory) // 1024
t.assertGreater(mib, 200)
log.info("%d MiB, kernel %s" % (mib, version))
