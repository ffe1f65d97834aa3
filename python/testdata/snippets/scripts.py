#: poll_loop
def wait_until(fn, tries=5):
    for i in range(tries):
        if fn(i):
            return i
    else:
        raise TimeoutError(f"not after {tries}")
print(wait_until(lambda i: i == 3))
try:
    wait_until(lambda i: False, 2)
except TimeoutError as e:
    print("timeout:", e)
#: parse_output
out = machine.succeed("list")
lines = [l for l in out.splitlines() if l]
status, text = machine.execute("false")
assert status == 1, f"{status}"
print(lines, status, repr(text), len(out.strip().split()))
#: parse_table
table = """\
NAME   SIZE  USED
vda    10G   42%
vdb    512M  7%
"""
head, *rows = table.strip().splitlines()
cols = head.lower().split()
parsed = [dict(zip(cols, r.split())) for r in rows]
print(parsed, {r["name"]: int(r["used"].rstrip("%")) for r in parsed})
units = {"M": 1, "G": 1024}
print(sum(int(r["size"][:-1]) * units[r["size"][-1]] for r in parsed))
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
#: helper_class
class Client:
    def __init__(self, node, user="root"):
        self.node, self.user = node, user
        self.history = []
    def run(self, *cmds, check=True):
        for c in cmds:
            self.history.append(c)
            status, out = self.node.execute(c)
            if check and status != 0:
                raise RuntimeError(f"{c!r} failed with {status}")
        return out
    def __enter__(self):
        return self
    def __exit__(self, *exc):
        print("history", self.history)
with Client(machine) as c:
    print(c.run("a", "b"))
    try:
        c.run("false")
    except RuntimeError as e:
        print(e)
    print(c.run("false", check=False) == "")
#: assert_in
out = machine.succeed("a b")
assert "ran a b" in out
assert "nope" not in out, out
try:
    assert "zzz" in out, f"output was {out!r}"
except AssertionError as e:
    print(e)
#: expected_failure
try:
    machine.succeed("false")
    raise AssertionError("should have failed")
except AssertionError:
    raise
except Exception as e:
    print("failed as expected")
#: json_config
import json
conf = json.loads('{"users": [{"name": "alice", "uid": 1000}, {"name": "bob", "uid": 1001}], "on": true}')
for u in conf["users"]:
    print(f"{u['name']:>8}: {u['uid']}")
by = {u["name"]: u for u in conf["users"]}
assert by["bob"]["uid"] == 1001
assert conf.get("off") is None and conf["on"] is True
print(sorted(by, key=lambda n: by[n]["uid"], reverse=True))
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
#: table_driven
cases = [
    ("add", 1, 2, 3),
    ("sub", 5, 3, 2),
    ("div", 1, 0, ZeroDivisionError),
]
ops = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "div": lambda a, b: a / b}
for name, a, b, want in cases:
    try:
        got = ops[name](a, b)
    except Exception as e:
        got = type(e)
    print(name, got == want)
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
#: dict_dispatch
class H:
    def on_start(self): return "started"
    def on_stop(self): return "stopped"
h = H()
for ev in ["start", "stop", "other"]:
    fn = getattr(h, f"on_{ev}", None)
    print(fn() if fn else "unknown")
#: mixed_types_list
vals = [1, "a", None, [2], {"k": 1}, (3,), 1.5, True]
for v in vals:
    if isinstance(v, bool): kind = "bool"
    elif isinstance(v, (int, float)): kind = "num"
    elif isinstance(v, str): kind = "str"
    elif isinstance(v, (list, tuple)): kind = "seq"
    elif v is None: kind = "none"
    else: kind = type(v).__name__
    print(kind)
