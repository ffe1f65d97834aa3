words = machine.succeed("cat /words").split()
print([w.upper() for w in words if w], {len(w) for w in words}, {w: len(w) for w in words})
print(any(w.startswith("a") for w in words), all(len(w) > 2 for w in words), next(w for w in words if w))
print(next((w for w in words if not w), None), max(len(w) for w in words), sorted(set(words)))
print(",".join(str(n) for n in range(3)), list(map(int, words)), list(filter(None, words)))
numbers = list(map(lambda n: n * 2, range(3)))
head = [*words, "end"]
options = {**{"a": 1}, "b": 2}
names = {"x", "y"}
both = {*names, *words, "z"}
print(list(zip(words, numbers, strict=True)), list(enumerate(words, start=1)), 2 ** 10, 10 ** 3)
hits = 0
for w in words:
    hits += w in names
print(hits ** 2)
print(dict.get(options, "a"), {"a": 1}.keys() == {"a"}, len(head) == 3 or None)
