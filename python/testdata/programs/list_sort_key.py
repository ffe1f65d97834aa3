words = ["banana", "fig", "apple", "kiwi"]
print(sorted(words, key=len), sorted(words, key=lambda w: w[-1]), sorted(words, reverse=True), sorted([3, 1, 2]))
words.sort(key=lambda w: (len(w), w))
print(words)
print(sorted({"b": 1, "a": 2}), sorted([(2, "b"), (1, "z"), (2, "a")]), sorted([True, False, 2, 0]))
