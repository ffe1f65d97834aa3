l = [1, 2, 3, 4]
for x in l:
    if x == 2:
        l.remove(x)
print(l)
d = {"a": 1, "b": 2}
for k in d:
    d[k] = d[k] * 10
print(d)
for k in list(d):
    del d[k]
print(d)
n = [0]
for x in n:
    if len(n) < 4:
        n.append(x + 1)
print(n)
