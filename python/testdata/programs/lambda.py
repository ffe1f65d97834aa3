f = lambda x, y=2: x + y
g = lambda *a: a
print(f(1), f(1, 5), g(1, 2), (lambda: "z")(), [h(2) for h in [lambda v: v * 2, lambda v: v ** 2]])
