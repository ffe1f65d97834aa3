"""Runs a program under plain Python, on machines that only echo. The arguments are programs; each one's output is printed behind
its length and whether it failed."""

import contextlib
import io
import sys
import unittest


@contextlib.contextmanager
def subtest(name):
    print("subtest:", name)
    yield


class Machine:
    def __init__(self, name):
        self.name = name

    def succeed(self, *commands, timeout=None):
        for command in commands:
            if "false" in command:
                raise AssertionError("command failed: " + command)
        return "".join(f"ran {command}\n" for command in commands)

    def execute(self, command, check_return=True, check_output=True, timeout=900):
        return (1, "") if "false" in command else (0, f"ran {command}\n")


def retry(fn, timeout_seconds=900):
    for last in (False, False, True):
        if fn(last):
            return
    raise AssertionError("timed out")


for program in sys.argv[1:]:
    machine, server, client = map(Machine, ("machine", "server", "client"))
    names = dict(
        subtest=subtest, retry=retry, machine=machine, server=server, client=client, machines=[client, server],
        t=unittest.TestCase(), __name__="__main__", start_all=lambda: print("start_all"),
    )
    out, failed = io.StringIO(), 0
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(open(program).read(), program, "exec"), names)
        except Exception:
            failed = 1
    data = out.getvalue().encode()
    sys.stdout.buffer.write(b"%d %d\n" % (len(data), failed) + data)
