import functools


def retrying(times):
    def decorate(fn):
        @functools.wraps(fn)
        def wrapper(*args, **kwargs):
            for n in range(times):
                try:
                    return fn(*args, **kwargs)
                except ValueError as e:
                    print(f"{fn.__name__}: {e} ({n})")
            raise RuntimeError(fn.__name__ + " failed")

        return wrapper

    return decorate


@retrying(2)
def brittle(n, step=1):
    if n < 3:
        raise ValueError(n)
    return n + step


class Part:
    def run(self):
        return self.run.__name__


print(brittle.__name__, brittle(3, step=2), Part.__name__, Part().run())
print((lambda: 1).__name__, len.__name__)
for step in [brittle, retrying, print]:
    print(step.__name__.upper())
try:
    brittle(1)
except RuntimeError as e:
    print(e)


def test_login():
    return test_login.__name__


print(test_login())
try:
    print((1).__name__)
except AttributeError:
    print("no name")
