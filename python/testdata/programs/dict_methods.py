d = {"b": 2, "a": 1}
print(d, list(d), list(d.keys()), list(d.values()), list(d.items()), d.get("x"), d.get("x", 5), "a" in d, len(d))
d["c"] = 3
d.update({"a": 10}, z=1)
print(d, d.pop("b"), d.pop("nope", None), d.setdefault("q", []), d)
print(d.popitem(), d.copy() == d)
for k, v in d.items():
    print(k, v)
for k in d:
    print(k)
del d["a"]
print(d, dict(a=1, b=2), dict([("x", 1)]), {**d, "n": 1}, d | {"m": 2}, dict.fromkeys(["a", "b"], 0), dict(zip("ab", [1, 2])))
