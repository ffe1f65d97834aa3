def gen(n):
    print("start")
    for i in range(n):
        yield i
    print("end")
for x in gen(3):
    print("got", x)
print(list(gen(2)), sum(gen(3)))
g = gen(2)
print(next(g), next(g), next(g, "over"))
def flat(ls):
    for l in ls:
        yield from l
print(list(flat([[1], [2, 3]])))
def inf():
    i = 0
    while True:
        yield i
        i += 1
for x in inf():
    if x > 2:
        break
    print(x)
