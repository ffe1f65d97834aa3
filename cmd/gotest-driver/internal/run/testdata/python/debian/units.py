# Units of systemd: states, failures, timers, a user's own.
import time

machine.wait_for_unit("multi-user.target")


def write_unit(name, **sections):
    text = ""
    for section, values in sections.items():
        text += f"[{section}]\n" + "".join(f"{k}={v}\n" for k, v in values.items())
    machine.succeed(f"cat > /run/systemd/system/{name} <<'EOF'\n{text}EOF\nsystemctl daemon-reload")


def properties(unit, *names):
    info = machine.get_unit_info(unit)
    return {n: info.get(n) for n in names}


def until(state: str, unit: str, tries=200):
    for attempt in range(tries):
        if machine.get_unit_property(unit, "ActiveState") == state:
            break
        time.sleep(0.1)
    else:
        raise Exception(f"{unit} is not {state}")
    return attempt >= 0


write_unit("count.service", Unit=dict(Description="Counts its starts"), Service={
    "Type": "oneshot",
    "RemainAfterExit": "yes",
    "ExecStart": "/bin/sh -c 'echo start >> /run/starts'",
    "ExecStop": "/bin/sh -c 'echo stop >> /run/starts'",
})

with subtest("start, restart, stop"):
    machine.systemctl("start count.service")
    machine.wait_for_unit("count.service")
    print(properties("count.service", "Description", "ActiveState", "SubState"))
    machine.systemctl("restart count.service")
    machine.stop_job("count.service")
    until("inactive", "count.service")
    history = machine.succeed("cat /run/starts").split()
    print(" ".join(history))
    assert history == ["start", "stop"] * 2
    machine.require_unit_state("count.service", "inactive")

with subtest("a failing unit is told"):
    write_unit("broken.service", Service={"ExecStart": "/bin/false"})
    machine.execute("systemctl start broken.service")
    until("failed", "broken.service")
    try:
        machine.wait_for_unit("broken.service", timeout=30)
    except Exception as e:
        message = str(e)
    else:
        message = ""
    assert "broken.service" in message and "failed" in message, message
    status, out = machine.systemctl("is-failed broken.service")
    print(status, out.strip())
    machine.systemctl("reset-failed broken.service")

with subtest("a timer fires"):
    write_unit("tick.service", Service={"Type": "oneshot", "ExecStart": "/bin/touch /run/ticked"})
    write_unit("tick.timer", Timer={"OnActiveSec": "1s", "AccuracySec": "100ms"})
    machine.start_job("tick.timer")
    machine.wait_for_file("/run/ticked")
    t.assertIn("tick.timer", machine.succeed("systemctl list-timers --all"))

with subtest("the journal has its lines"):
    speaker = "speaker-" + machine.succeed("cat /proc/sys/kernel/random/uuid").strip()
    machine.succeed(f"systemd-run --wait --unit={speaker} sh -c 'for i in 1 2 3; do echo line $i; done'")
    machine.wait_until_succeeds(f"journalctl -u {speaker} -o cat | grep 'line 3'")
    spoken = [l for l in machine.succeed(f"journalctl -u {speaker} -o cat").splitlines() if l.startswith("line")]
    print(spoken)

machine.succeed("systemctl stop tick.timer; rm -f /run/systemd/system/{count,broken,tick}.* /run/starts /run/ticked; systemctl daemon-reload")
