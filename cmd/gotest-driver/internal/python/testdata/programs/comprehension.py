print([x * y for x in range(3) for y in range(2) if x != y], {k: v for k, v in [("a", 1)]}, [[j for j in range(i)] for i in range(3)])
print([x if x % 2 else -x for x in range(5)], [(a, b) for a, b in {"k": 1}.items()], [x for x in range(10) if x % 2 if x % 3])
x = "outer"
print([x for x in range(2)], x)
