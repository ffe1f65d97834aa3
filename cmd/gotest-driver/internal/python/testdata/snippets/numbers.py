#: floor_div
for a, b in [(7, 2), (-7, 2), (7, -2), (-7, -2), (0, 5), (6, 3)]:
    print(a // b, a % b, a / b)
#: bitops
print(5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 10, -8 >> 1, -1 & 0xFF, True | 2)
#: chained
x = 5
print(1 < x < 10, 1 < x > 3, 1 == 1 == 1.0, 3 > 2 > 1 > 0, not 1 < x < 3)
#: number_literals
print(0xFF, 0o17, 0b11, 1_000_000, 1e3, .5, 5., 1e-3, 0xdead_beef)
#: large_shift
print(1 << 100, (1 << 100) >> 98, -(1 << 70) >> 3, ~(1 << 65))
#: range_obj
r = range(0, 10, 3)
print(list(r), len(r), r[1], r[-1], 6 in r, 7 in r, list(reversed(r)), r == range(0, 12, 3), r, list(range(5, 0, -2)), range(3)[1:])
