# Retries, polling, timeouts and errors that are expected.
import re
import time

machine.start()

attempts = 0


def flaky(last: bool) -> bool:
    global attempts
    attempts += 1
    if last:
        machine.log("the last attempt")
    return machine.execute("test $(wc -c < /tmp/dots) -ge 3")[0] == 0 or bool(machine.succeed("printf . >> /tmp/dots"))


with subtest("retry until it holds"):
    machine.succeed(": > /tmp/dots")
    retry(flaky)
    print("attempts:", attempts)
    assert attempts == 4


def retrying(times):
    """Decorates a function that may fail at first."""

    def decorate(fn):
        def wrapper(*args, **kwargs):
            for n in range(times):
                try:
                    return fn(*args, **kwargs)
                except Exception as e:
                    print(f"{fn.__name__} failed ({n + 1} of {times}): {type(e).__name__}")
                    if n == times - 1:
                        raise
        return wrapper

    return decorate


@retrying(times=3)
def grows(path, size=2):
    machine.succeed(f"echo x >> {path}")
    count = int(machine.succeed(f"wc -l < {path}"))
    if count < size:
        raise ValueError(f"{count} lines")
    return count


with subtest("a decorator"):
    print(grows("/tmp/lines"), grows("/tmp/lines", size=3))
    try:
        grows("/tmp/none", size=10)
    except ValueError as e:
        print("gave up:", e)

with subtest("commands that fail"):
    try:
        machine.succeed("echo out; exit 7")
    except Exception as e:
        print("7" in str(e), "out" in str(e))
    out = machine.fail("echo half; false")
    print(repr(out))
    for code in (0, 1, 42):
        assert machine.execute(f"exit {code}") == (code, "")

with subtest("waits that run out"):
    start = time.monotonic()
    try:
        machine.wait_until_succeeds("echo almost; false", timeout=10)
    except Exception as e:
        print("almost" in str(e), bool(re.search(r"timed out", str(e))))
    passed = time.monotonic() - start
    assert 9.9 <= passed < 600, f"{passed:.1f} s"

checks = []


@polling_condition(seconds_interval=0)
def alive():
    "the machine is alive"
    checks.append(1)
    machine.succeed("test -d /proc/1")


with subtest("a condition is watched"):
    with alive:
        machine.succeed("true")
        machine.succeed("true")
    print("checked:", len(checks) >= 2)

machine.succeed("rm -f /tmp/dots /tmp/lines /tmp/none")
