"""Files in both directions, made on the host with Python's own means."""

import json
import tempfile
from pathlib import Path

machine.start()
machine.wait_for_unit("multi-user.target")

settings = {"name": "test", "ports": [80, 443], "nested": {"on": True, "off": None}}

with tempfile.TemporaryDirectory() as directory:
    root = Path(directory)
    (root / "conf").mkdir()
    (root / "conf" / "settings.json").write_text(json.dumps(settings))
    for n in range(3):
        with open(root / "conf" / f"part-{n}.txt", "w") as f:
            f.write(f"part {n}\n" * (n + 1))

    with subtest("a directory reaches the machine"):
        machine.copy_from_host(str(root / "conf"), "/tmp/conf")
        names = machine.succeed("ls /tmp/conf").split()
        print(names)
        assert names == ["part-0.txt", "part-1.txt", "part-2.txt", "settings.json"]
        lines = int(machine.succeed("cat /tmp/conf/part-*.txt | wc -l"))
        assert lines == sum(range(1, 4)), f"{lines} lines"

    with subtest("a single file through the shell"):
        machine.copy_from_host_via_shell(str(root / "conf" / "settings.json"), "/tmp/other/settings.json")
        back = json.loads(machine.succeed("cat /tmp/other/settings.json"))
        print("same" if back == settings else "different", back["nested"]["on"], back["nested"]["off"])

with subtest("a file comes back"):
    machine.succeed("echo 'grüße aus dem Gast' > /tmp/result.txt")
    machine.copy_from_vm("/tmp/result.txt", "results")
    result = Path(machine.out_dir) / "results" / "result.txt"
    text = result.read_text()
    print(text.strip(), len(text), text[::-1].strip()[:4], result.name, result.suffix)
    assert text == "grüße aus dem Gast\n"

with subtest("big files are whole"):
    machine.succeed("head -c 3000000 /dev/zero | tr '\\0' 'x' > /tmp/big")
    machine.copy_from_vm("/tmp/big")
    size = (Path(machine.out_dir) / "big").stat().st_size
    print(f"{size:,} bytes, {size / 2**20:.2f} MiB")

with subtest("what is not there can't be copied"):
    try:
        machine.copy_from_vm("/no/such/file")
        raise AssertionError("it was copied")
    except Exception as e:
        print("no such file" if "no/such/file" in str(e) else e)

machine.succeed("rm -r /tmp/conf /tmp/other /tmp/big /tmp/result.txt")
