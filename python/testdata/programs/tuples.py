t = (1, "a", None)
x, y, z = t
print(t, x, y, z, len(t), t + (2,), t * 2, (1,), (), "a" in t, t.index("a"), t.count(1))
a, b = b, a = 1, 2
print(a, b)
a, b = b, a
print(a, b)
(c, d), e = (1, 2), 3
print(c, d, e)
