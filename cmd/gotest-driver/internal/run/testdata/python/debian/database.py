"""A key-value store behind a systemd socket: data survives the end of the service, transactions are whole."""

import shlex
from typing import Optional

machine.wait_for_unit("multi-user.target")

STORE = "/var/lib/store"
SERVER = r"""#!/bin/bash
# get KEY | put KEY VALUE… | count | swap A B
set -u
db=/var/lib/store
while read -r verb key rest; do
  case $verb in
    get) if [ -f "$db/$key" ]; then printf 'OK %s\n' "$(cat "$db/$key")"; else echo NONE; fi ;;
    put) printf '%s' "$rest" > "$db/.$key" && mv "$db/.$key" "$db/$key" && echo OK ;;
    count) echo "OK $(ls "$db" | wc -l)" ;;
    swap)
      if [ -f "$db/$key" ] && [ -f "$db/$rest" ]; then
        mv "$db/$key" "$db/.swap"; mv "$db/$rest" "$db/$key"; mv "$db/.swap" "$db/$rest"; echo OK
      else echo "ERROR no such key"; fi ;;
    *) echo "ERROR unknown verb $verb" ;;
  esac
done
"""


class DatabaseError(Exception):
    pass


class Store:
    """A client of the store."""

    def __init__(self, port: int = 4321):
        self.port = port
        self.queries = 0

    def query(self, *words) -> Optional[str]:
        self.queries += 1
        line = shlex.quote(" ".join(str(w) for w in words))
        answer = machine.succeed(f"echo {line} | nc -N 127.0.0.1 {self.port}").rstrip("\n")
        kind, _, value = answer.partition(" ")
        if kind == "ERROR":
            raise DatabaseError(value)
        return value if kind == "OK" else None

    def __getitem__(self, key):
        value = self.query("get", key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key, value):
        self.query("put", key, value)

    def __len__(self):
        return int(self.query("count"))


with subtest("the service is installed"):
    machine.succeed(f"mkdir -p {STORE}", f"cat > /usr/local/bin/store <<'EOF'\n{SERVER}EOF\nchmod +x /usr/local/bin/store")
    machine.succeed(
        "printf '[Socket]\\nListenStream=127.0.0.1:4321\\nAccept=yes\\n' > /run/systemd/system/store.socket",
        "printf '[Service]\\nExecStart=/usr/local/bin/store\\nStandardInput=socket\\n' > /run/systemd/system/store@.service",
        "systemctl daemon-reload",
        "systemctl start store.socket",
    )
    machine.wait_for_unit("store.socket")
    machine.wait_for_open_port(4321)

store = Store()
rows = [("apple", 3), ("pear", 5), ("plum", 0)]

with subtest("rows are written and read"):
    for name, number in rows:
        store[name] = f"{number:03d}"
    assert len(store) == len(rows)
    total = sum(int(store[name]) for name, _ in rows)
    print("sum", total, "of", ", ".join(name for name, number in rows if number))
    assert total == 8

with subtest("what is not there"):
    try:
        store["cherry"]
    except KeyError as e:
        print("no", e.args[0])
    else:
        raise AssertionError("there is a cherry")
    try:
        store.query("swap", "apple", "cherry")
    except DatabaseError as e:
        print(f"refused: {e}")
    finally:
        print("apple is still", store["apple"])

with subtest("data survives a restart"):
    store.query("swap", "apple", "pear")
    machine.systemctl("restart store.socket")
    machine.wait_for_open_port(4321)
    values = {name: int(store[name]) for name, _ in rows}
    print(values, "after", store.queries, "queries")
    assert values == {"apple": 5, "pear": 3, "plum": 0}

machine.succeed(f"systemctl stop store.socket; rm -r {STORE} /usr/local/bin/store /run/systemd/system/store*; systemctl daemon-reload")
