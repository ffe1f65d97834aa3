import re
"""Log in at the display manager."""
machine: Machine

machine.wait_for_unit("display-manager.service")
machine.wait_for_text("alice", timeout = 300)
machine.send_chars("foobar\n")
machine.wait_for_x()
machine.wait_for_window("Desktop|Panel")
machine.screenshot("desktop")
windows = machine.get_window_names()
t.assertTrue(len([w for w in windows if re.match("(?i)panel", w)]) > 0)
