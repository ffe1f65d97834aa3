from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from test_driver.machine import Machine


@polling_condition(seconds_interval=5, description="the service answers")
def answers():
    machine.succeed("curl --fail localhost")


def started(last: bool) -> bool:
    if last:
        machine.log("the last try")
    return machine.execute("test -e /up")[0] == 0


def loud(fn):
    def wrapper(*args: Any, **kw: Any):
        print("calling", args)
        return fn(*args, **kw)

    return wrapper


@loud
def restart(*units: str, wait: bool = True) -> None:
    for u in units:
        machine.succeed(f"systemctl restart {u}")


driver.start_all()
retry(started, timeout_seconds=60)
with answers:
    restart("nginx", wait=False)
machine.sleep(secs=2)
machine.wait_for_console_text(regexp="login:")
names = [m.name for m in driver.machines_qemu]
other = create_machine("qemu-system-x86_64 -m 64")
driver.machines.append(other)
lines: list[str] = machine.full_console_log
load = 5
print(names, load)


def test_helper(x: int = 1):
    return x


test_helper()


def told(m, words):
    m.log(f"{len(words)} words")
    with m.nested("sorting"):
        print(sorted(words, key=str.lower), ",".join(map(str.strip, words)))
    m.sleep(secs=1)


told(machine, ["b", "A"])
