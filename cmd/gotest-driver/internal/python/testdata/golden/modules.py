import base64
import json as j
import math
import os
import re
import shlex
import sys
from shlex import quote
from json import dumps, loads

m = re.search(r"(\w+)=(\d+)", machine.succeed("cat /conf"))
if m:
    print(m[1], int(m.group(2)))
for found in re.finditer("a", "banana"):
    print(found.start())
pattern = re.compile("^x", re.MULTILINE | re.I)
print(pattern.sub("y", "xx"), quote("a b"), shlex.join(["a", "b"]))
config = j.loads('{"a": [1]}')
print(dumps(config, indent=2, sort_keys=True), loads("[]"), file=sys.stderr)
print(base64.b64encode("text".encode()).decode(), base64.b64decode("eA==").decode())
print(math.floor(2.5), math.inf > 1, os.environ.get("HOME", "/"), os.getenv("HOME"))
