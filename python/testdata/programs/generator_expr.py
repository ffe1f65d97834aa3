print(sum(x * x for x in range(4)), any(x > 2 for x in [1, 3]), all(x > 0 for x in [1, 2]), max(len(w) for w in ["a", "bb"]), ",".join(str(i) for i in range(3)), list(x for x in "ab"), tuple(i for i in range(2)), dict((k, 1) for k in "ab"), sorted(x for x in [2, 1]))
g = (x for x in [1, 2, 3])
print(next(g), next(g), list(g), next(g, "done"))
print(next((x for x in [1, 2, 3] if x > 1), None), next((x for x in [] if x), "none"))
