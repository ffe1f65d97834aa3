# Subtests that share state with each other and with functions, nested and in loops.
import contextlib
import itertools

start_all()

results = []
total = 0
current = None


def note(text, *, level=0):
    global total
    total += 1
    results.append("  " * level + text)


with subtest("values are seen behind the subtest"):
    first = machine.succeed("echo first").strip()
    current = first
    note(first)

print(first, current, total)

for number, letter in zip(itertools.count(1), "abc"):
    with subtest(f"part {number}"):
        if letter == "b":
            note("skipped", level=1)
            continue
        value = int(machine.succeed(f"echo {number} \n")) * 10
        note(f"{letter} is {value}", level=1)
        current = letter

print(current, value, total)

with subtest("outer"):
    with subtest("inner"), contextlib.suppress(ZeroDivisionError):
        machine.succeed("true")
        note("before")
        note(str(1 // 0))
    note("after")


@contextlib.contextmanager
def mounted(path):
    machine.succeed(f"mkdir -p {path} && mount -t tmpfs tmpfs {path}")
    try:
        yield path + "/file"
    finally:
        machine.succeed(f"umount {path}")


with subtest("a context manager"):
    with mounted("/mnt/x") as name:
        machine.succeed(f"echo data > {name}")
        note(machine.succeed(f"cat {name}").strip())
    machine.fail(f"test -e {name}")


def search(words):
    for word in words:
        with subtest(f"look for {word}"):
            if machine.execute(f"grep -q {word} /etc/passwd")[0] == 0:
                return word
    return None


print(search(["nobody-here", "alice", "root"]), search([]))
print("\n".join(results))
assert total == len(results) == 7, f"{total} notes"
