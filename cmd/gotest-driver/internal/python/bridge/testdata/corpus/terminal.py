machine: Machine

COMMANDS = [("uname", "Linux"), ("whoami", "alice"), ("echo $SHELL", "bash")]

machine.wait_for_x()
machine.send_key("meta_l-ret")
machine.wait_for_window(r"alice@\w+")
for command, expected in COMMANDS:
    with subtest("run " + command):
        machine.send_chars(command + "\n")
        machine.wait_for_text(expected, timeout = 60)
        machine.send_key("ctrl-l")
screens = machine.get_screen_text_variants()
t.assertGreater(len(screens), 0)
text = "\n".join(screens)
t.assertNotRegex(text, "(?i)segmentation fault")
