a = ["x"]
b = a
b.append(1.5)
b.append("it's")
for v in a:
    print(f"{v!r} {v}")
def fill(l):
    l.append(2.0)
c = []
fill(c)
print([f"{v}" for v in c])
