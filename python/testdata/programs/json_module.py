import json
d = json.loads('{"a": [1, 2.5, "x", null, true], "b": {"c": "é"}}')
print(d, d["a"][0], d["b"]["c"], type(d["a"]).__name__, len(d))
print(json.dumps({"k": [1, 2.0, None, True, "é\n\""], "e": {}, "l": []}))
print(json.dumps({"b": 1, "a": [1, 2]}, indent=2, sort_keys=True))
print(json.dumps([1, 2], separators=(",", ":")), json.dumps("x"), json.dumps({1: 2}))
for bad in ["{", "", "[1,]", "nope"]:
    try:
        json.loads(bad)
    except json.JSONDecodeError as e:
        print("bad json")
for k, v in d.items():
    print(k, v)
print([x for x in d["a"]], "a" in d, d.get("zz"), str(d["a"][1]))
