import yaml  # finds: import
import numpy.linalg as la, re  # finds: import
import unused_elsewhere  # finds: import
import csv
import subprocess  # finds: import
from pathlib import *  # finds: import
from . import helpers  # finds: import

print(yaml.safe_load(""), la.norm([1]), helpers)
subprocess.run(["true"])


class Box:  # finds: class
    def __init__(self):
        self.x = eval("1")


@dataclass  # finds: class
class Point:
    x: int = 0


def numbers():  # finds: generator
    yield 1


async def later():  # finds: async
    await numbers()


try:  # finds: exception
    machine.succeed("true")
except Exception as e:
    print(e)

try:  # finds: exception
    server.start()
finally:
    server.crash()

match machine.name:  # finds: match
    case "a" | "b":
        pass
    case [x, *rest]:
        print(x, rest)
    case {"k": v, **others} if v:
        print(others)

count = 0


def bump():
    global count  # finds: scope
    count += 1


def outer():
    n = 0

    def inner():
        nonlocal n  # finds: scope
        n = n + 1

    inner()
    return n


with open("/etc/passwd") as f:  # finds: with
    print(f)

values = [1, 2, 3]
for x in values:  # finds: mutation
    values.remove(x)
for a, *b in [[1, 2]]:  # finds: assignment
    print(a, b)
values[1:] = []  # finds: assignment
machine.timeout = 5  # finds: assignment
del values[0:1]  # finds: del
y = 1
del y  # finds: del
print(y)
raise SystemExit(1)  # finds: raise


def never_called(m):
    with m:  # finds: with
        pass
