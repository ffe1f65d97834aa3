from contextlib import contextmanager
@contextmanager
def scope(name):
    print("enter", name)
    try:
        yield name.upper()
    finally:
        print("leave", name)
with scope("a") as v:
    print("in", v)
    x = 5
print(x)
try:
    with scope("b"):
        raise ValueError("inside")
except ValueError as e:
    print("out", e)
def f():
    with scope("c"):
        return 1
print(f())
