#: defaults
def f(a, b=2, *args, c=3, d, **kw):
    return (a, b, args, c, d, kw)
print(f(1, d=4), f(1, 5, 6, 7, d=8), f(1, c=0, d=1, e=2, g=3), f(*[1, 2, 3], **{"d": 9, "z": 1}))
#: mutable_default
def add(x, acc=[]):
    acc.append(x)
    return acc
print(add(1), add(2), add(3, []), add(4))
#: closures
def counter():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    return inc
c1, c2 = counter(), counter()
print(c1(), c1(5), c2(), c1())
#: nonlocal_deep
def a():
    x = 1
    def b():
        def c():
            nonlocal x
            x += 10
        c()
        return x
    r = b()
    return r, x
print(a())
#: globals_
count = 0
def bump():
    global count
    count += 1
    return count
bump(); bump()
print(count)
def make():
    global created
    created = "yes"
make()
print(created)
#: local_shadow
x = 1
def f():
    x = 2
    return x
print(f(), x)
#: unbound
x = 1
def f():
    print(x)
    x = 2
try:
    f()
except UnboundLocalError as e:
    print(type(e).__name__, e)
#: recursion
def fib(n, memo={}):
    if n in memo:
        return memo[n]
    if n < 2:
        return n
    memo[n] = fib(n - 1) + fib(n - 2)
    return memo[n]
print(fib(50))
def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)
print(depth(500))
#: lambdas
sq = lambda x: x ** 2
add = lambda a, b=1, *c, **d: (a, b, c, d)
print(sq(4), add(1), add(1, 2, 3, k=4), (lambda: "x")(), sorted([3, 1], key=lambda v: -v))
#: decorators
import functools
def log(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        print("call", fn.__name__, args, kwargs)
        r = fn(*args, **kwargs)
        print("ret", r)
        return r
    return wrapper
@log
def add(a, b=1):
    """Adds."""
    return a + b
add(1)
add(2, b=3)
print(add.__name__, add.__doc__)
#: decorator_args
def repeat(n, sep=","):
    def deco(fn):
        def inner(*a):
            return sep.join(str(fn(*a)) for _ in range(n))
        return inner
    return deco
@repeat(3)
def a(x):
    return x
@repeat(2, sep="-")
@repeat(2)
def b(x):
    return x * 2
print(a(1), b(2))
#: retry_decorator
import time
def retry(times, exc=Exception):
    def deco(fn):
        def wrapper(*args, **kw):
            for i in range(times):
                try:
                    return fn(*args, **kw)
                except exc as e:
                    print("attempt", i, e)
            raise RuntimeError("gave up") from e if False else RuntimeError("gave up")
        return wrapper
    return deco
state = {"n": 0}
@retry(3, ValueError)
def flaky():
    state["n"] += 1
    if state["n"] < 3:
        raise ValueError(f"no {state['n']}")
    return "ok"
print(flaky())
#: return_tuple
def f():
    return 1, 2
a, b = f()
print(a, b, f(), f()[1])
def g():
    return
print(g(), (lambda: None)())
#: higher_order
def compose(*fs):
    def run(x):
        for f in fs:
            x = f(x)
        return x
    return run
print(compose(str.strip, str.upper, len)("  abc "), list(map(compose(int, lambda v: v + 1), ["1", "2"])))
#: kwargs_order
def f(**kw):
    return list(kw.items())
print(f(b=1, a=2, c=3), f(**{"z": 1}, y=2))
#: star_args_mix
def f(*args, **kw):
    return args, kw
l = [1, 2]
d = {"k": 3}
print(f(0, *l, 3, *"ab", x=1, **d), f(*[], **{}), f(*range(3)))
#: nested_functions
def outer(items):
    total = 0
    def visit(x):
        nonlocal total
        if isinstance(x, list):
            for y in x:
                visit(y)
        else:
            total += x
    visit(items)
    return total
print(outer([1, [2, [3, 4]], 5]))
#: late_binding
fs = []
for i in range(3):
    def f():
        return i
    fs.append(f)
print([f() for f in fs])
fs = [(lambda n: lambda: n)(i) for i in range(3)]
print([f() for f in fs])
#: default_eval_time
x = 1
def f(v=x):
    return v
x = 2
print(f(), x)
#: loop_else
for n in range(2, 8):
    for d in range(2, n):
        if n % d == 0:
            break
    else:
        print(n, "prime")
i = 0
while i < 3:
    i += 1
else:
    print("done", i)
#: loop_var_leak
for i in range(3):
    last = i * 2
print(i, last)
for j in []:
    pass
try:
    print(j)
except NameError as e:
    print(e)
#: early_return_loop
def find(xs, p):
    for i, x in enumerate(xs):
        if p(x):
            return i
    return -1
print(find([1, 4, 9], lambda v: v > 3), find([], bool))
#: conditional_def
DEBUG = False
if DEBUG:
    def log(m): print("debug", m)
else:
    def log(m): print("info", m)
log("x")
#: global_in_nested
total = 0
def a():
    def b():
        global total
        total += 5
    b()
a(); a()
print(total)
#: call_chain
class B:
    def __init__(self): self.p = []
    def add(self, x):
        self.p.append(x)
        return self
    def done(self): return "-".join(self.p)
print(B().add("a").add("b").done())
#: main_guard
def main():
    print("main runs", __name__)
if __name__ == "__main__":
    main()
#: type_hints
from typing import Optional, List, Dict, Union, Callable, Any
def f(a: Optional[int] = None, *b: str, c: "Dict[str, List[int]]" = {}, **d: Any) -> Union[int, None]:
    x: int = 5
    y: List[str]
    y = ["a"]
    return a
print(f(), f(3))
#: star_expr_return
def f(l):
    return *l, 9
print(f([1, 2]))
#: eval_order
def t(n):
    print("eval", n)
    return n
d = {t(1): t(2), t(3): t(4)}
x = [t(5), t(6)][t(0)]
a, b = t(7), t(8)
print(t(9) + t(10) * t(11), t(1) if t(0) else t(2))
t(1) and t(0) or t(3)
#: docstring_expr
def f():
    "doc"
def g():
    ...
def h(): pass
print(f(), g(), h(), f.__doc__, g.__doc__)
#: args_evaluated_once
calls = []
def arg():
    calls.append(1)
    return len(calls)
def f(a, b=0): return a + b
print(f(arg(), b=arg()), calls, 0 < arg() < 10, len(calls))
#: shadow_builtin
list_ = list
def len_(x): return 99
str_ = "x"
input = "shadow"
id = 5
type_ = type(3)
print(len_([]), input, id, type_.__name__, list_("ab"))
max = 10
print(max + 1)
#: method_refs
l = []
push = l.append
push(1); push(2)
up = "abc".upper
join = ", ".join
print(l, up(), join(["a", "b"]), list(map("x{}".format, [1, 2])))
#: vars_locals
def f(a, b):
    c = 3
    return sorted([a, b, c])
print(f(2, 1))
#: partial_reduce
from functools import partial, reduce, lru_cache, cmp_to_key
def power(b, e):
    return b ** e
square = partial(power, e=2)
print(square(5), partial(power, 2)(10), reduce(lambda a, b: a * b, [1, 2, 3, 4]), reduce(lambda a, b: a + b, [], 7), sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a)))
@lru_cache(maxsize=None)
def slow(n):
    print("computing", n)
    return n * 2
print(slow(1), slow(1), slow(2))
#: iter_sentinel
it = iter([1, 2, 3])
print(next(it), next(it), next(it), next(it, "end"))
vals = iter([1, 2, 0, 3])
print(list(iter(lambda: next(vals), 0)))
#: arg_errors
def f(a, b):
    return a
for call in [lambda: f(), lambda: f(1), lambda: f(1, 2, 3), lambda: f(1, c=2), lambda: f(1, 2, a=3)]:
    try:
        call()
    except TypeError as e:
        print(e)
