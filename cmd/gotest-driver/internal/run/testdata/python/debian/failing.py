# This test fails on purpose, in a function, within a subtest.
from functools import partial

machine.wait_for_unit("multi-user.target")


def check_port(port, expected):
    status, _ = machine.execute(f"nc -z 127.0.0.1 {port}")
    actual = status == 0
    print(f"port {port}: {'open' if actual else 'closed'}")
    assert actual == expected, f"port {port}: {actual=}"  # fails here


is_closed = partial(check_port, expected=False)

with subtest("ports"):
    check_port(80, expected=True)
    is_closed(81)

with subtest("clean-up runs although the check fails"):
    machine.succeed("touch /tmp/lock")
    try:
        is_closed(80)
    finally:
        machine.succeed("rm /tmp/lock")
        print("unlocked")

print("never printed")
