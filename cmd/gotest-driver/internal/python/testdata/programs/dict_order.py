d = {}
for k in ["z", "a", "m"]:
    d[k] = len(d)
d["z"] = 9
print(d)
del d["a"]
d["a"] = 1
print(d, list(reversed(list(d))))
