#: parse_output
out = machine.succeed("list")
lines = [l for l in out.splitlines() if l]
status, text = machine.execute("false")
assert status == 1, f"{status}"
print(lines, status, repr(text), len(out.strip().split()))
#: subtest_global
counter = 0
with subtest("one"):
    counter += 1
    seen = "set inside"
with subtest(f"two {counter}"):
    counter += 10
print(counter, seen)
#: machines_loop
for m in [server, client]:
    m.wait_for_unit("x.service")
for i, m in enumerate(machines):
    print(i, m.name)
print({m.name: m.succeed("id").strip() for m in machines})
#: command_builder
def cmd(name, *args, **opts):
    parts = [name]
    for k, v in opts.items():
        flag = "--" + k.replace("_", "-")
        if v is True:
            parts.append(flag)
        elif v is not None and v is not False:
            parts.append(f"{flag}={v}")
    return " ".join(parts + [str(a) for a in args])
print(cmd("curl", "http://x", 5, fail=True, max_time=3, none=None, off=False))
#: retry_closure
attempts = []
def ready(last):
    attempts.append(last)
    return len(attempts) == 2
retry(ready)
print(attempts)
#: version_compare
def ver(s): return tuple(int(x) for x in s.split("."))
print(ver("1.10.2") > ver("1.9"), max(["1.2", "1.10", "1.9"], key=ver), ver("2.0") == (2, 0))
#: heredoc
script = """
cat > /tmp/x <<'END'
  {
    "a": "%s"
  }
END
""" % "val"
print(script.strip().splitlines()[1:3])
print("line1\n" "line2" """
line3""")
#: state_machine
state = "init"
trans = {"init": "boot", "boot": "run", "run": None}
path = []
while state is not None:
    path.append(state)
    state = trans[state]
print(" -> ".join(path))
#: global_dict_cache
cache: dict[str, int] = {}
def size(k):
    if k not in cache:
        cache[k] = len(k) * 2
    return cache[k]
print(size("abc"), size("abc"), cache)
#: string_numbers
total = 0
for line in "cpu: 10\nmem: 20\nbad\n".splitlines():
    key, sep, val = line.partition(": ")
    if not sep:
        continue
    total += int(val)
print(total)
#: nested_subtests
with subtest("outer"):
    for n in (1, 2):
        with subtest(f"inner {n}"):
            if n == 2:
                break
            print("in", n)
    print("still outer", n)
#: shadowed_names
def test(machine=None, name="x", len=3):
    return name, len
print(test(), test(name="y", len=1))
file = "f"
str_value = str(5)
dir = "/tmp"
print(file, dir, str_value)
