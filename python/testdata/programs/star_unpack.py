a, *b = [1, 2, 3]
*c, d = "xyz"
e, *f, g = range(5)
print(a, b, c, d, e, f, g)
for first, *rest in [(1, 2, 3), (4,)]:
    print(first, rest)
print([*b, *[9]], (*b, 1), {*b} == {2, 3}, {**{"a": 1}, **{"b": 2}})
try:
    a, *b, c = [1]
except ValueError as e:
    print(e)
