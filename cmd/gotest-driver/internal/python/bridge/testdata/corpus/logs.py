import json
machine: Machine

levels = ["debug", "info", "warning", "err"]

machine.wait_for_unit("systemd-journald.service")
for i, level in enumerate(levels):
    machine.succeed("logger -p user.%s 'message %d'" % (level, i))
entries = []
for line in machine.succeed("journalctl -t root -o json --no-pager").splitlines():
    entries.append(json.loads(line))
messages = [e["MESSAGE"] for e in entries]
for i in range(len(levels)):
    t.assertIn("message {}".format(i), messages)
errors = len([e for e in entries if int(e["PRIORITY"]) <= 3])
t.assertEqual(errors, 1)
rotated = machine.succeed("journalctl --rotate --vacuum-time=1s 2>&1")
t.assertRegex(rotated, "(?m)^Vacuuming done")
