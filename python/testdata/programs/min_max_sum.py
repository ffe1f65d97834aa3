print(min(3, 1, 2), max([1, 5, 2]), min("b", "a"), max({"a": 1, "b": 2}), max([1, 2], key=lambda x: -x), min([], default=0), max("hello"), sum([1, 2], 10), sum([0.1] * 3), sum([]), min([(1, "b"), (1, "a")]))
try:
    max([])
except ValueError:
    print("empty")
