import contextlib
import sys
import time

depth = 0


def outer():
    n = 0

    def inner():
        nonlocal n
        global depth
        n += 1
        depth += n
        return n

    return [inner() for _ in range(3)], n


print(outer(), depth)


@contextlib.contextmanager
def step(name, *, quiet=False):
    global depth
    depth += 1
    print("enter", name)
    try:
        yield name.upper()
    except ValueError as e:
        print("swallowed", e)
    else:
        print("fine")
    finally:
        depth -= 1
        if not quiet:
            print("leave", name)


with step("a") as A, step("b", quiet=True) as B:
    print(A, B, depth)
with step("c"):
    raise ValueError("in c")
print(depth)

for attempt in range(5):
    try:
        if attempt < 2:
            raise ConnectionError(f"attempt {attempt}")
        result = attempt
        break
    except ConnectionError as e:
        print("retry:", e)
        continue
    finally:
        print("finally", attempt)
else:
    print("never")
print(result)


def find(matrix, wanted):
    for i, row in enumerate(matrix):
        for j, v in enumerate(row):
            if v == wanted:
                return i, j
    return None


print(find([[1, 2], [3, 4]], 3), find([], 1))


def gen(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                print("got", got)
    finally:
        print("closed")


print(list(gen(2)), sum(gen(3)))
try:
    try:
        {}["missing"]
    except KeyError as e:
        raise RuntimeError("wrapped") from e
except RuntimeError as e:
    print(e, repr(e))
print("to stderr", file=sys.stderr, flush=True)
i = 10
while i > 0:
    i -= 3
    if i == 4:
        continue
    if i < 2:
        break
else:
    print("not here")
print(i)
if (n := len("walrus")) > 5 and (m := n * 2):
    print(n, m)
start = time.time()
print(time.time() - start < 60, isinstance(start, float))
del start
assert True, ("long "
              "message")
lines = [line for line in "a=1\nb=2\n\n".splitlines() if line]
config = dict(line.split("=", 1) for line in lines)
print(config, {k: int(v) for k, v in config.items()})
first, *rest = sorted(config)
print(first, rest)
print([(a, b) for a in range(3) for b in range(a)], [[0] * 2 for _ in range(2)])
