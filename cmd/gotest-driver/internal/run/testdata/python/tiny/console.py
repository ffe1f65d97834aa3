"""Serial console, kernel and processes of a machine without a disk."""

from datetime import datetime, timezone

machine.start()

with subtest("the serial console"):
    machine.succeed("for i in 1 2 3; do echo \"mark $i\" > /dev/ttyS0; done")
    machine.wait_for_console_text(r"mark 2\s[\s\S]*?mark 3\s")
    log = machine.get_console_log()
    print(log.count("mark "), "marks")

with subtest("the kernel's own files"):
    memory = {}
    for line in machine.succeed("cat /proc/meminfo").splitlines():
        key, value = line.split(":")
        memory[key] = int(value.split()[0])
    used = memory["MemTotal"] - memory["MemFree"]
    assert 0 < used < memory["MemTotal"] <= 4 * 1024 * 1024
    print("memory", memory["MemTotal"] // 1024 > 50, "swap", memory.get("SwapTotal", "none"))
    release = tuple(int(x) for x in machine.succeed("uname -r").split("-")[0].split(".")[:2])
    assert (5, 0) < release < (99, 0), release

with subtest("processes"):
    machine.execute("sleep 1234 >&2 &")
    pids = machine.wait_until_succeeds("pidof sleep").split()
    print(len(pids), "process" + ("es" if len(pids) != 1 else ""))
    machine.succeed(f"kill {pids[0]}")
    machine.wait_until_fails("pidof sleep")

with subtest("time goes on"):
    times = []
    while len(times) < 3:
        seconds, _, fraction = machine.succeed("cat /proc/uptime").partition(" ")
        times.append(float(seconds))
        machine.sleep(0.1)
    assert times == sorted(times) and times[0] < times[-1]
    year = datetime.fromtimestamp(int(machine.succeed("date +%s")), timezone.utc).year
    print("year", 2020 < year < 2100)

with subtest("bytes of any kind"):
    out = machine.succeed(r"printf 'caf\303\251\t|\\|'")
    print(out, len(out), [hex(ord(c)) for c in out if not c.isascii()], out.encode())
