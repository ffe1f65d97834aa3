import math
import operator


def comb(n, k):
    if n < 0 or k < 0:
        raise ValueError("n must be a non-negative integer" if n < 0 else "k must be a non-negative integer")
    out = 1
    for i in range(1, min(k, n - k) + 1):
        out = out * (n - i + 1) // i
    return out if k <= n else 0


def perm(n, k=None):
    if n < 0:
        raise ValueError("n must be a non-negative integer")
    count = n if k is None else k
    if count < 0:
        raise ValueError("k must be a non-negative integer")
    out = 1
    for i in range(count):
        out = out * (n - i)
    return out


# Partial sums that do not overlap give the exactly rounded sum.
def fsum(seq):
    partials = []
    for value in seq:
        x = float(value)
        kept = []
        for y in partials:
            if abs(x) < abs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low:
                kept.append(low)
            x = high
        partials = kept + [x]
    numerator, denominator = 0, 1
    for x in partials:
        if math.isinf(x) or math.isnan(x):
            return sum(partials)
        p, q = x.as_integer_ratio()
        numerator, denominator = numerator * q + p * denominator, denominator * q
    return operator.truediv(numerator, denominator)


def dist(p, q):
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    return math.sqrt(sum([(a - b) * (a - b) for a, b in zip(p, q)]))


def fmod(x, y):
    if y == 0:
        raise ValueError("math domain error")
    r = abs(x) % abs(y)
    return float(-r if x < 0 else r)


def modf(x):
    whole = float(math.trunc(x))
    return (x - whole, whole)


def exp2(x):
    return 2.0**x


def ldexp(x, i):
    return float(x) * 2.0**i


def frexp(x):
    if x == 0:
        return (float(x), 0)
    exponent = 0
    m = abs(float(x))
    while m >= 1:
        m /= 2
        exponent += 1
    while m < 0.5:
        m *= 2
        exponent -= 1
    return (-m if x < 0 else m, exponent)
