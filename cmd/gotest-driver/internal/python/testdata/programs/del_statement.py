l = [1, 2, 3]
del l[1]
d = {"a": 1, "b": 2}
del d["a"]
x = 5
del x
print(l, d)
