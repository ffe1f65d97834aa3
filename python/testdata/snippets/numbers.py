#: floor_div
for a, b in [(7, 2), (-7, 2), (7, -2), (-7, -2), (0, 5), (6, 3)]:
    print(a // b, a % b, divmod(a, b), a / b)
#: float_div
for a, b in [(7.5, 2), (-7.5, 2), (7.5, -2), (1e20, 3), (0.1, 0.3)]:
    print(a // b, a % b, divmod(a, b), a / b)
#: power
print(2 ** 10, 2 ** -1, (-2) ** 3, -2 ** 2, 2 ** 0.5, 0 ** 0, 2 ** 100, pow(3, 4), pow(3, 4, 5), 10 ** 20)
#: bigints
a = 2 ** 64
print(a, a - 1, a * a, -a // 3, a % 1000, hex(a), a.bit_length(), a >> 60, a & (a - 1), str(a)[:5])
#: bitops
print(5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 10, -8 >> 1, -1 & 0xFF, True & False, True | 2, True ^ True)
#: float_repr
for x in [1.0, 0.1, 1e16, 1e15, 123456789012345678.0, 1e-4, 1e-5, 1.5e300, -0.0, 100.0, 1/3, 2.5, float("inf"), float("-inf"), float("nan")]:
    print(x, repr(x), str(x))
#: rounding
print(round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234, -2), round(1.5), round(0.5), round(1e20), round(3.14159, 3), type(round(2.5)).__name__, type(round(2.5, 0)).__name__)
#: int_trunc
print(int(3.9), int(-3.9), int(True), int("12"), float("1.5"), float(" 1e3 "), float("inf"), float(3))
#: mixed_compare
print(1 == 1.0, 1 < 1.5, 2 ** 53 == float(2 ** 53), hash(1) == hash(1.0), {1: "a"}[1.0], 1 in {1.0})
#: chained
x = 5
print(1 < x < 10, 1 < x > 3, 1 == 1 == 1.0, 3 > 2 > 1 > 0, not 1 < x < 3)
#: min_max
print(min(3, 1, 2), max([1, 5, 2]), min("b", "a"), max([], default=0), min([3, -1], key=abs), max("aa", "b", key=len), max({"a": 3, "b": 5}, key={"a": 3, "b": 5}.get))
#: sum_
print(sum([1, 2, 3]), sum([], 5), sum([0.1] * 10), sum(x * x for x in range(5)), sum([[1], [2]], []))
#: abs_
print(abs(-3), abs(-3.5), abs(True), abs(0))
#: bases
print(bin(10), oct(10), hex(255), hex(-255), bin(-3), f"{10:08b}", int(bin(10), 2))
#: number_literals
print(0xFF, 0o17, 0b11, 1_000_000, 1e3, .5, 5., 1e-3, 0xdead_beef)
#: aug
x = 10
x += 5; x -= 3; x *= 2; x //= 5; x **= 3; x %= 7; x <<= 2; x |= 1; x ^= 3; x &= 0xF; x >>= 1
print(x)
y = 7
y /= 2
print(y)
#: math_module
import math
print(math.floor(-2.5), math.ceil(2.1), math.sqrt(16), math.pi, math.gcd(12, 18), math.isclose(0.1 + 0.2, 0.3), math.log2(8), math.factorial(10), math.trunc(-2.7), math.inf, math.isnan(math.nan), math.log(math.e), math.hypot(3, 4), math.prod([1, 2, 3, 4]), math.isqrt(17))
#: float_errors
for s in ["abc", "", "1.2.3"]:
    try:
        float(s)
    except ValueError as e:
        print(e)
#: int_errors
for v in [None, [], "x"]:
    try:
        int(v)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
#: div_types
print(type(4 / 2).__name__, 4 / 2, type(4 // 2).__name__, 4 // 2.0, 2 * 1.0, 10 % 3.0, -1 // 2)
#: random_seeded
import random
random.seed(1)
x = random.randint(1, 10)
print(1 <= x <= 10, random.choice([5]) == 5, len(random.sample(range(10), 3)))
#: large_shift
print(1 << 100, (1 << 100) >> 98, -(1 << 70) >> 3, ~(1 << 65))
#: decimal_like
total = 0
for p in [0.1, 0.2, 0.3]:
    total += p
print(total, round(total, 2), f"{total:.20f}"[:10], total == 0.6)
#: int_str_conv
print(str(10 ** 30), int("1" * 25), repr(10 ** 18), f"{10 ** 25:,}")
#: range_obj
r = range(0, 10, 3)
print(list(r), len(r), r[1], r[-1], 6 in r, 7 in r, list(reversed(r)), r == range(0, 12, 3), r, list(range(5, 0, -2)), range(3)[1:])
#: float_floor
import math
for x in [-1.5, -0.5, 0.5, 1.5]:
    print(math.floor(x), math.ceil(x), int(x), round(x))
#: complex_expr
a, b, c = 2, 3, 4
print(a + b * c, (a + b) * c, a ** b ** 2, -a ** 2, a * b % c, a << b + 1, a | b & c, not a == b, a if b > c else c)
#: percentages
ok, total = 37, 41
print(f"{ok / total:.1%} {ok * 100 // total}% {100 * ok / total:.2f}")
#: int_methods
print((255).bit_length(), (10).to_bytes(2, "big"), int.from_bytes(b"\x01\x00", "little"), (3.0).is_integer(), (3.5).is_integer(), (1024).to_bytes(4, byteorder="little"))
#: float_special
inf = float("inf")
nan = float("nan")
print(inf > 1e308, -inf < 0, nan == nan, nan != nan, inf - inf, inf == inf, inf * 0)
#: bool_arith
print(True + True, True * 3, sum([True, False, True]), True == 1, False == 0, 1 in [True], [1, 2][True])
#: int_compare_str
try:
    print(1 < "a")
except TypeError as e:
    print(e)
print(1 == "1", None == 0, [] == (), "" == None)
#: compare_none
try:
    None < 1
except TypeError as e:
    print(e)
try:
    [1] < [None]
except TypeError as e:
    print(e)
#: bytes_of_ints
for n, size, order, signed in [(1024, 4, "little", False), (-2, 2, "big", True), (-2, 2, "little", True), (127, 1, "big", True), (128, 1, "big", True), (-129, 1, "big", True), (-1, 1, "big", False), (256, 1, "big", False), (0, 0, "big", False)]:
    try:
        b = n.to_bytes(length=size, byteorder=order, signed=signed)
        print(b, int.from_bytes(b, byteorder=order, signed=signed), int.from_bytes(bytes=b, byteorder=order))
    except OverflowError as e:
        print(e)
#: bool_members
flags = [True, False]
print(1 in flags, True in [0, 1], 2 in flags, True in (1, 2), 0 in {False}, False in {0: "x"})
#: bool_format
print(f"{True:5}|{False:<6}|{True:>3}|{True:d}|{True!s:6}|{False:05}|{True:^5}")
