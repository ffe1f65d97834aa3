count = 0
def inc():
    global count, made
    count += 1
    made = "yes"
inc(); inc(); print(count, made)
def counter():
    n = 0
    def step(k=1):
        nonlocal n
        n += k
        return n
    return step
s = counter(); s(); print(s(5))
funcs = {}
for name in ["a", "b"]:
    def fn(name=name): return name
    funcs[name] = fn
print(funcs["a"](), funcs["b"]())
fl = []
for q in range(3):
    def fq(): return q
    fl.append(fq)
print([f() for f in fl])
