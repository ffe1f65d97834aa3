import sys, os, pprint, json
print("err", file=sys.stderr); print("a", "b", sep=",", end="!\n", flush=True); sys.stdout.write("w\n"); sys.stdout.flush(); sys.stderr.write("x\n")
print(sys.version_info >= (3, 8), sys.maxsize > 1000, sys.platform)
pprint.pprint({"b": [1, 2], "a": (1,), "long": "x" * 30, "l2": ["y" * 20, "z" * 20, "w" * 20]}); pprint.pp([1, {"z": 1, "a": 2}]); print(pprint.pformat({"k": None, "j": {"q": "it's"}}), pprint.pformat(["aaa"] * 3, width=10))
pprint.pprint({"name": "x" * 50, "nested": {"deep": list(range(40)), "other": "text " * 20}, "e": {}, "t": ("a" * 40, "b" * 40)})
print(json.dumps({"b": 1, "a": [1, None, True, 1.5]}, indent=2, sort_keys=True), json.loads('{"a": [1, 2.0, null]}'), json.dumps("é"), json.dumps([1], separators=(",", ":")), json.dumps({"a": "é"}, ensure_ascii=False))
try:
    json.loads("{bad")
except json.JSONDecodeError as e:
    print("bad json", e)
except ValueError: print("no")
