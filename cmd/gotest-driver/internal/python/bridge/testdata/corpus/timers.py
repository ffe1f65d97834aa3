import json
machine: Machine

machine.wait_for_unit("timers.target")
timers = json.loads(machine.succeed("systemctl list-timers --all --output=json"))
names = [x["unit"] for x in timers]
t.assertIn("logrotate.timer", names)
machine.stop_job("logrotate.timer")
machine.require_unit_state("logrotate.timer", require_state = "inactive")
status, _ = machine.start_job("logrotate.timer")
t.assertEqual(status, 0)
machine.wait_for_unit_active_state("logrotate.timer", "active", timeout = 30)
machine.sleep(0.5)
