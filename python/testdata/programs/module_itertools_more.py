import itertools
import operator
from itertools import accumulate, takewhile

print(list(accumulate([1, 2, 3])), list(accumulate([1, 2, 3], operator.mul)), list(accumulate([1, 2], initial=10)))
print(list(takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(itertools.dropwhile(lambda x: x < 3, [1, 2, 3, 1])))
print(list(itertools.filterfalse(lambda x: x % 2, range(6))), list(itertools.filterfalse(None, [0, 1, ""])))
print(list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.compress("ABCD", [1, 0, 1, 1])))
a, b = itertools.tee(iter([1, 2, 3]))
print(next(a), next(a), list(b), list(a))
print(list(itertools.accumulate([])), max(itertools.accumulate([3, -1, 4])))
