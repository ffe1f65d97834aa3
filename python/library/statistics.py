import math
import operator


class StatisticsError(ValueError):
    pass


def _numbers(data, what):
    xs = list(data)
    if not xs:
        raise StatisticsError(what + " requires at least one data point")
    return xs


# Sums are exact: a float is a fraction, and fractions are added as such.
def _fraction(xs):
    pairs = [(x, 1) if isinstance(x, int) else x.as_integer_ratio() for x in xs]
    denominator = 1
    for _, d in pairs:
        denominator = max(denominator, d)
    return [p * (denominator // d) for p, d in pairs], denominator


def mean(data):
    xs = _numbers(data, "mean")
    whole, denominator = _fraction(xs)
    return _kind(sum(whole), denominator * len(xs), xs)


def fmean(data, weights=None):
    xs = list(data)
    if weights is None:
        if not xs:
            raise StatisticsError("fmean requires at least one data point")
        return math.fsum(xs) / len(xs)
    ws = list(weights)
    if len(ws) != len(xs):
        raise StatisticsError("data and weights must be the same length")
    return math.fsum(x * w for x, w in zip(xs, ws)) / math.fsum(ws)


def geometric_mean(data):
    xs = list(data)
    if not xs or min(xs) <= 0:
        raise StatisticsError("geometric mean requires a non-empty dataset containing positive numbers")
    return math.exp(math.fsum(math.log(x) for x in xs) / len(xs))


def harmonic_mean(data):
    xs = list(data)
    if not xs:
        raise StatisticsError("harmonic_mean requires at least one data point")
    if min(xs) < 0:
        raise StatisticsError("harmonic mean does not support negative values")
    if min(xs) == 0:
        return 0
    return len(xs) / math.fsum(1 / x for x in xs)


def median(data):
    xs = sorted(data)
    n = len(xs)
    if n == 0:
        raise StatisticsError("no median for empty data")
    if n % 2 == 1:
        return xs[n // 2]
    return (xs[n // 2 - 1] + xs[n // 2]) / 2


def median_low(data):
    xs = sorted(data)
    if not xs:
        raise StatisticsError("no median for empty data")
    return xs[(len(xs) - 1) // 2]


def median_high(data):
    xs = sorted(data)
    if not xs:
        raise StatisticsError("no median for empty data")
    return xs[len(xs) // 2]


def multimode(data):
    counts = {}
    for x in data:
        counts[x] = counts.get(x, 0) + 1
    most = max(counts.values(), default=0)
    return [x for x, n in counts.items() if n == most]


def mode(data):
    xs = multimode(data)
    if not xs:
        raise StatisticsError("no mode for empty data")
    return xs[0]


def _squares(xs):
    whole, denominator = _fraction(xs)
    n = len(whole)
    total = sum(whole)
    return n * sum([x * x for x in whole]) - total * total, n * denominator * denominator


def variance(data, xbar=None):
    xs = list(data)
    if len(xs) < 2:
        raise StatisticsError("variance requires at least two data points")
    p, q = _squares(xs)
    return _kind(p, q * (len(xs) - 1), xs)


def pvariance(data, mu=None):
    xs = _numbers(data, "pvariance")
    p, q = _squares(xs)
    return _kind(p, q * len(xs), xs)


def _kind(p, q, xs):
    if all(isinstance(x, int) for x in xs) and p % q == 0:
        return p // q
    return operator.truediv(p, q)


def stdev(data, xbar=None):
    xs = list(data)
    if len(xs) < 2:
        raise StatisticsError("stdev requires at least two data points")
    p, q = _squares(xs)
    return math.sqrt(operator.truediv(p, q * (len(xs) - 1)))


def pstdev(data, mu=None):
    xs = _numbers(data, "pstdev")
    p, q = _squares(xs)
    return math.sqrt(operator.truediv(p, q * len(xs)))


def quantiles(data, *, n=4, method="exclusive"):
    if n < 1:
        raise StatisticsError("n must be at least 1")
    xs = sorted(data)
    if len(xs) < 2:
        raise StatisticsError("must have at least two data points")
    out = []
    if method == "inclusive":
        m = len(xs) - 1
        for i in range(1, n):
            j, delta = divmod(i * m, n)
            out.append((xs[j] * (n - delta) + xs[j + 1] * delta) / n)
        return out
    if method == "exclusive":
        m = len(xs) + 1
        for i in range(1, n):
            j = min(max(i * m // n, 1), len(xs) - 1)
            delta = i * m - j * n
            out.append((xs[j - 1] * (n - delta) + xs[j] * delta) / n)
        return out
    raise ValueError("Unknown method: " + repr(method))
