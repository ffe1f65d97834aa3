rows = [("a", (1, 2, 3)), ("b", (4,)), ("c", [5, 6])]
print([n for n, (first, *_) in rows if first > 1])
print({n: rest for n, (_, *rest) in rows})
for i, (name, (x, *more)) in enumerate(rows):
    print(i, name, x, more, len(more))
(p, *q), r = (1, 2, 3), "xy"
print(p, q, r)
(p, *q), (r, *s) = "abc", range(4)
print(p, q, r, s)
for *init, last in ["abc", [1], (2, 3)]:
    print(init, last)
print([a + z for a, *_, z in ["hello", "go"]])
print(sum(x for x, *_ in [(1, 2), (3,), [4, 5, 6]]))
print(sorted((b, a) for a, (b, *_) in rows))
try:
    for a, (b, c, *d) in rows:
        print(a, b, c, d)
except ValueError as e:
    print(e)
try:
    (a, *b), (c, d) = [1], [2, 3, 4]
except ValueError as e:
    print(e)
