import functools
from functools import partial, reduce
def power(b, e):
    return b ** e
sq = partial(power, e=2)
print(sq(5), partial(power, 2)(3), reduce(lambda a, b: a * b, [1, 2, 3, 4]), reduce(lambda a, b: a + b, ["x"], "s"))
calls = []
@functools.lru_cache(maxsize=None)
def slow(x):
    calls.append(x)
    return x * 2
print(slow(2), slow(2), calls)
def deco(f):
    @functools.wraps(f)
    def w(*a):
        return f(*a) + 1
    return w
@deco
def one():
    return 1
print(one())
