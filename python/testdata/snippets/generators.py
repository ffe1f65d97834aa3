#: basic
def g(n):
    for i in range(n):
        yield i * i
print(list(g(4)), sum(g(3)), [x for x in g(2)], 4 in g(3), max(g(5)), dict(enumerate(g(2))), tuple(g(2)), sorted(g(3), reverse=True))
#: laziness
def g():
    print("start")
    yield 1
    print("middle")
    yield 2
    print("end")
it = g()
print("created")
print(next(it))
print(next(it))
print(next(it, "default"))
#: send
def acc():
    total = 0
    while True:
        x = yield total
        if x is None:
            break
        total += x
a = acc()
print(next(a), a.send(5), a.send(10))
try:
    a.send(None)
except StopIteration:
    print("stopped")
#: send_first
def g():
    x = yield 1
    print("got", x)
it = g()
try:
    it.send(5)
except TypeError as e:
    print(e)
print(it.send(None))
#: throw
def g():
    while True:
        try:
            x = yield "ready"
            print("got", x)
        except ValueError as e:
            print("caught", e)
            yield "recovered"
it = g()
print(next(it))
print(it.throw(ValueError("bad")))
print(next(it))
#: throw_uncaught
def g():
    yield 1
    yield 2
it = g()
next(it)
try:
    it.throw(KeyError("k"))
except KeyError as e:
    print("out", e)
print(list(it))
#: close
def g():
    try:
        yield 1
        yield 2
    finally:
        print("cleanup")
it = g()
print(next(it))
it.close()
print(list(it))
it.close()
g().close()
#: close_exit
def g():
    try:
        yield 1
    except GeneratorExit:
        print("exit")
        raise
it = g()
next(it)
it.close()
print("closed")
#: yield_from
def inner():
    x = yield 1
    print("inner got", x)
    return "value"
def outer():
    r = yield from inner()
    print("result", r)
    yield from [10, 20]
it = outer()
print(next(it), it.send("hi"), list(it))
#: return_value
def g():
    yield 1
    return 42
def h():
    v = yield from g()
    yield v
print(list(h()))
#: infinite
def count(n=0):
    while True:
        yield n
        n += 1
import itertools
print(list(itertools.islice(count(5), 3)), next(count()), [x for x, _ in zip(count(), "abc")])
#: genexpr_lazy
def show(x):
    print("show", x)
    return x
g = (show(x) for x in [1, 2, 3])
print("made")
print(next(g))
print(any(show(x) > 0 for x in [1, 2]))
#: pipeline
def read(lines):
    for l in lines:
        yield l.strip()
def keep(ls, p):
    return (l for l in ls if p(l))
print(list(keep(read([" a ", "", "b "]), bool)))
#: recursive
def flat(x):
    for y in x:
        if isinstance(y, (list, tuple)):
            yield from flat(y)
        else:
            yield y
print(list(flat([1, [2, (3, [4])], 5])))
#: generator_state
def g():
    n = 0
    while n < 3:
        n += 1
        yield n
a, b = g(), g()
print(next(a), next(a), next(b), list(a), list(b))
#: yield_expr_value
def g():
    a = yield
    b = yield a
    yield (a, b)
it = g()
next(it)
print(it.send(1), it.send(2))
#: yield_in_call
def g():
    print("got", (yield 1), (yield 2))
it = g()
print(next(it), it.send("a"))
try:
    it.send("b")
except StopIteration:
    print("done")
#: generator_with_context
from contextlib import contextmanager
@contextmanager
def cm():
    print("in")
    yield
    print("out")
def g():
    with cm():
        yield 1
        yield 2
print(list(g()))
#: unpack_generator
def g():
    yield 1
    yield 2
    yield 3
a, b, c = g()
x, *y = g()
print(a, b, c, x, y, [*g()], max(*g()), print(*g()))
#: already_running_methods
class A:
    def items(self):
        for k in ["a", "b"]:
            yield k, k.upper()
print(dict(A().items()), list(A().items()))
#: gen_exception_type
def g():
    yield 1
    raise StopIteration
try:
    list(g())
except RuntimeError as e:
    print(e)
#: itertools_
import itertools as it
print(list(it.chain([1], [2, 3])), list(it.product("ab", [1, 2])), list(it.permutations([1, 2, 3], 2))[:3], list(it.combinations("abc", 2)), list(it.accumulate([1, 2, 3])), list(it.repeat(1, 3)), list(it.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.dropwhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.zip_longest([1, 2], [3], fillvalue=0)), [(k, list(g)) for k, g in it.groupby([1, 1, 2])], list(it.starmap(pow, [(2, 3)])), list(it.chain.from_iterable([[1], [2]])), list(it.pairwise([1, 2, 3])), list(it.islice(it.cycle("ab"), 5)), list(it.compress("abc", [1, 0, 1])), list(it.filterfalse(bool, [0, 1])))
