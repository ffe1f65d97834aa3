machine: Machine

def sum_of(values: list[int]) -> int:
    total = 0
    for value in values:
        total += value
    return total

def dates(unit: str) -> list[int]:
    return [int(x) for x in machine.succeed("journalctl -u {} -o json --output-fields=x | jq -r .__REALTIME_TIMESTAMP".format(unit)).split()]

machine.wait_for_unit("timers.target")
machine.wait_for_unit("tick.timer")
before = len(dates("tick"))
machine.sleep(11)
after = len(dates("tick"))
assert after - before >= 1, "%d ticks" % (after - before)
gaps = [b - a for a, b in zip(dates("tick"), dates("tick")[1:])]
if gaps:
    average = sum_of(gaps) / len(gaps)
    assert average < 6e6, "a tick each {} µs".format(average)
