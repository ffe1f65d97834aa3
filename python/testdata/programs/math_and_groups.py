import math, itertools, base64
print(math.isclose(0.1 + 0.2, 0.3), math.isclose(1, 1.1), math.isclose(1, 1.1, rel_tol=0.2), math.gcd(4, 6), math.lcm(4, 6), math.prod([2, 3]), math.trunc(2.7), math.trunc(-2.7), math.log10(100), math.isqrt(10), math.factorial(5), math.gcd())
for k, g in itertools.groupby(sorted(["apple", "ant", "bee"]), key=lambda w: w[0]):
    print(k, list(g))
print([(k, len(list(g))) for k, g in itertools.groupby("aabccc")])
print(base64.b32encode(b"hello"), base64.b32decode("NBSWY3DP"), base64.b16encode(b"\xff\x01"), base64.b16decode(b"FF01"))
try: math.isqrt(-1)
except ValueError: print("negative")
