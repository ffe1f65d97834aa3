import bisect
from bisect import insort

xs = [1, 3, 3, 5]
print(bisect.bisect(xs, 3), bisect.bisect_left(xs, 3), bisect.bisect_right(xs, 9), bisect.bisect(xs, 0))
insort(xs, 4)
bisect.insort_left(xs, 3)
print(xs)
words = ["a", "bbb", "ccccc"]
print(bisect.bisect_left(words, 3, key=len), bisect.bisect(words, 3, lo=1, hi=2, key=len))
try:
    bisect.bisect([], 1, -1)
except ValueError as e:
    print("error", e)
