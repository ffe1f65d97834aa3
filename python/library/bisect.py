def bisect_left(a, x, lo=0, hi=None, *, key=None):
    return _place(a, lo, hi, key, lambda item: item < x)


def bisect_right(a, x, lo=0, hi=None, *, key=None):
    return _place(a, lo, hi, key, lambda item: not x < item)


# The first place whose item is not to stand before the new one.
def _place(a, lo, hi, key, before):
    if lo < 0:
        raise ValueError("lo must be non-negative")
    end = len(a) if hi is None else hi
    while lo < end:
        middle = (lo + end) // 2
        if before(a[middle] if key is None else key(a[middle])):
            lo = middle + 1
        else:
            end = middle
    return lo


def insort_left(a, x, lo=0, hi=None, *, key=None):
    a.insert(bisect_left(a, x if key is None else key(x), lo, hi, key=key), x)


def insort_right(a, x, lo=0, hi=None, *, key=None):
    a.insert(bisect_right(a, x if key is None else key(x), lo, hi, key=key), x)


bisect = bisect_right
insort = insort_right
