d = {"a": 1, "b": 2}
print({v: k for k, v in d.items()}, {k.upper(): [v] for k, v in d.items() if v > 1}, sorted(d.items(), key=lambda kv: -kv[1]), max(d, key=d.get), sum(d.values()), list(d)[0])
