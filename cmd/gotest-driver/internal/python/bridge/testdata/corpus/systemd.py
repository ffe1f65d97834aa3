"""Boot, and nothing has failed."""
machine: Machine

machine.wait_for_unit("multi-user.target")

def failed_units() -> list[str]:
    out = machine.succeed("systemctl --failed --plain --no-legend")
    return [line.split()[0] for line in out.splitlines() if line.strip()]

t.assertListEqual(failed_units(), [])
state, text = machine.systemctl("is-system-running")
t.assertIn(text.strip(), ["running", "degraded"])
t.assertLess(state, 2)
machine.require_unit_state("dbus.service")
machine.require_unit_state("debug-shell.service", "inactive")
info = machine.get_unit_info("dbus.service")
t.assertEqual(info["ActiveState"], "active")
machine.shutdown()
