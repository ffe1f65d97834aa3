machine: Machine

layouts = {"us": "z", "de": "y"}

def typed(key: str) -> str:
    machine.send_key(key)
    machine.send_key("ret", delay = 0.1)
    machine.wait_for_file("/tmp/typed")
    return machine.succeed("cat /tmp/typed; rm /tmp/typed").strip()

machine.wait_for_unit("getty@tty1.service")
for layout, want in layouts.items():
    machine.succeed("loadkeys " + layout)
    t.assertEqual(typed("z"), want, "layout %s" % layout)
for chord in ["ctrl-alt-f2", "shift-tab", "ctrl-c", "f12", "kp_enter"]:
    machine.send_key(chord, log = False)
