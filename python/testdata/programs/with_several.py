from contextlib import contextmanager, ExitStack, closing
@contextmanager
def ctx(n, swallow=False):
    print("enter", n)
    try:
        yield n * 2
    except ValueError as e:
        print("caught", e)
        if not swallow: raise
    finally:
        print("exit", n)
with ctx(1) as a, ctx(2) as b:
    print(a, b)
with (ctx(3) as a, ctx(4)):
    print(a)
try:
    with ctx(5) as a:
        raise ValueError("boo")
except ValueError as e:
    print("outer", e)
with ctx(6, swallow=True):
    raise ValueError("gone")
def f():
    for i in range(3):
        with ctx(i) as q:
            if i == 1:
                return q
print(f())
class C:
    def __enter__(self): print("in"); return self
    def __exit__(self, t, v, tb):
        print("out", t is None, v); return True
with C() as c:
    raise KeyError("x")
with C() as c, ctx(9):
    print("both")
