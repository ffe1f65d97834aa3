machine: Machine

PASSPHRASE = "correct horse battery staple"

machine.start()
machine.wait_for_console_text("Please enter passphrase for disk", timeout = 300)
machine.send_console(PASSPHRASE + "\n")
machine.wait_for_unit("multi-user.target")
mounts = machine.succeed("findmnt -no SOURCE /").strip()
t.assertRegex(mounts, "^/dev/mapper/")
console = machine.get_console_log()
t.assertNotIn(PASSPHRASE, console)
