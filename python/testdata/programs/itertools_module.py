import itertools
from itertools import product, chain
print(list(product([1, 2], "ab")), list(chain([1], [2, 3])), list(itertools.combinations([1, 2, 3], 2)), list(itertools.permutations([1, 2])), list(itertools.islice(itertools.count(5), 3)), list(itertools.repeat("x", 2)), list(itertools.zip_longest([1], [2, 3])), list(itertools.chain.from_iterable([[1], [2]])))
