#: defaults
def f(a, b=2, *args, c=3, d, **kw):
    return (a, b, args, c, d, kw)
print(f(1, d=4), f(1, 5, 6, 7, d=8), f(1, c=0, d=1, e=2, g=3), f(*[1, 2, 3], **{"d": 9, "z": 1}))
#: mutable_default
def add(x, acc=[]):
    acc.append(x)
    return acc
print(add(1), add(2), add(3, []), add(4))
#: local_shadow
x = 1
def f():
    x = 2
    return x
print(f(), x)
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
#: return_tuple
def f():
    return 1, 2
a, b = f()
print(a, b, f(), f()[1])
def g():
    return
print(g(), (lambda: None)())
#: kwargs_order
def f(**kw):
    return list(kw.items())
print(f(b=1, a=2, c=3), f(y=2, **{"z": 1}))
#: star_args_mix
def f(*args, **kw):
    return args, kw
l = [1, 2]
d = {"k": 3}
print(f(0, *l, x=1, **d), f(*"ab"), f(*[], **{}), f(*range(3)))
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
