#: json_
import json
data = {"b": [1, 2.5, None, True], "a": {"n": "é\n"}}
print(json.dumps(data), json.dumps(data, sort_keys=True, indent=2), json.loads('{"x": [1, 2.0, null, false, "s"]}'), json.dumps([1, 2], separators=(",", ":")), json.dumps("é", ensure_ascii=False))
try:
    json.loads("{bad}")
except json.JSONDecodeError as e:
    print("bad json:", e)
#: re_
import re
m = re.search(r"(?P<name>\w+)=(\d+)", "key=42 other=7")
print(m.group(), m.group(1), m.group("name"), m.groups(), m.groupdict(), m.start(), m.end(), m.span(2), m[2])
print(re.findall(r"\d+", "a1b22"), re.findall(r"(\w)=(\d)", "a=1 b=2"), re.sub(r"(\w)\1", r"<\1>", "aabbc"), re.split(r"[,;]\s*", "a, b;c"), re.match("b", "ab"), re.fullmatch(r"\d+", "12").group(), re.sub("a", lambda m: m.group().upper(), "banana", count=2), re.escape("a.b"), re.compile("X", re.I).findall("xX"), [m.start() for m in re.finditer("a", "banana")], bool(re.match(r"^a$", "a\nb", re.M)))
#: time_
import time
t = time.time()
time.sleep(0.01)
print(time.time() > t, time.monotonic() > 0, isinstance(time.perf_counter(), float))
#: datetime_
from datetime import datetime, timedelta, date, timezone
d = datetime(2024, 1, 31, 12, 30)
print(d, d + timedelta(days=1, hours=2), d.isoformat(), d.strftime("%d/%m/%Y"), datetime.strptime("2024-02-03", "%Y-%m-%d"), (date(2024, 3, 1) - date(2024, 2, 1)).days, timedelta(seconds=3661), timedelta(hours=1).total_seconds(), d.weekday(), d < datetime(2025, 1, 1), d.replace(day=1), repr(timedelta(1)), datetime(2024, 1, 1, tzinfo=timezone.utc).isoformat(), datetime.fromisoformat("2024-05-06T07:08:09"))
#: os_path
import os.path
print(os.path.join("a", "b", "c.txt"), os.path.basename("/x/y.z"), os.path.dirname("/x/y.z"), os.path.splitext("a.tar.gz"), os.path.join("/a", "/b"), os.path.normpath("/a/../b//c"), os.path.isabs("/x"), os.path.exists("/nonexistent"))
#: shlex_
import shlex
print(shlex.quote("a b"), shlex.quote("ok"), shlex.split("a 'b c' \"d\""), shlex.join(["x", "y z"]))
#: tempfile_
import tempfile, os
with tempfile.TemporaryDirectory() as d:
    p = os.path.join(d, "f")
    with open(p, "w") as f:
        f.write("a\nb\n")
    with open(p) as f:
        print(f.read(), [l.strip() for l in open(p)], os.listdir(d), os.path.getsize(p))
print(os.path.exists(p))
#: print_
print(1, "a", None, [1], sep=", ", end=";\n")
print()
print("a", end="")
print("b")
print("x\n", "y")
print(*[1, 2, 3], sep="")
#: uuid_
import uuid
u = uuid.uuid4()
print(len(str(u)), str(u).count("-"))
#: sys_
import sys
print(sys.version_info >= (3, 6), sys.version_info[0], sys.platform, len(sys.argv) >= 0, sys.maxsize)
print("to stderr", file=sys.stderr)
#: subprocess_
import subprocess
r = subprocess.run(["echo", "hi"], capture_output=True, text=True, check=True)
print(r.stdout, r.returncode, subprocess.check_output("echo x", shell=True).decode().strip())
try:
    subprocess.run("exit 3", shell=True, check=True)
except subprocess.CalledProcessError as e:
    print(e.returncode, e)
#: csv_
import csv, io
rows = list(csv.reader(io.StringIO("a,b\n1,\"x, y\"\n")))
print(rows, list(csv.DictReader(io.StringIO("a,b\n1,2\n"))))
#: dataclass_json
import json
from dataclasses import dataclass, asdict
@dataclass
class R:
    a: int
    b: list
print(json.dumps(asdict(R(1, [2]))))
#: json_default
import json
class P:
    def __init__(self): self.x = 1
print(json.dumps({"p": P()}, default=lambda o: o.__dict__))
try:
    json.dumps({1, 2})
except TypeError as e:
    print(e)
#: string_
import string
print(string.ascii_lowercase, string.digits, string.Template("$a ${b}").substitute(a=1, b=2), string.punctuation, string.capwords("a bc"))
#: io_
import io
s = io.StringIO()
print("x", 1, file=s, sep="-", end="!\n")
s.write("y")
print(s.getvalue())
print(io.StringIO("a\nb").readlines(), io.BytesIO(b"xy").read(1))
#: logging_
import logging
logging.basicConfig(level=logging.INFO)
log = logging.getLogger("x")
log.debug("no")
print(log.name)
#: statistics_
import statistics
print(statistics.mean([1, 2, 3]), statistics.median([1, 3, 2]))
#: ipaddress_
import ipaddress
a = ipaddress.ip_address("192.168.1.5")
n = ipaddress.ip_network("192.168.1.0/24")
print(a in n, a + 1, n.num_addresses, a.version, list(n.hosts())[:2])
