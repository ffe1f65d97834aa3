l = [1, 2, 3, 4, 5]
l[1:3] = ["a", "b", "c"]
print(l)
l[:0] = [0]
del l[0]
del l[1:3]
print(l)
l[::2] = [9] * len(l[::2])
print(l)
