def f(*args, **kw):
    print(args, kw)
f(1, 2, a=3)
f(*[1, 2, 3], **{"x": 1})
f(0, *[1], y=2)
def g(a, b=2, *rest, c, d=4, **kw):
    print(a, b, rest, c, d, kw)
g(1, c=3)
g(1, 5, 6, 7, c=8, e=9)
def h(a, /, b, *, c):
    print(a, b, c)
h(1, b=2, c=3)
