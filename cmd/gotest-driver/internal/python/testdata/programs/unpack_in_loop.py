pairs = [("a", 1), ("b", 2)]
for i, (k, v) in enumerate(pairs):
    print(i, k, v)
print([k for k, _ in pairs], dict(pairs), list(zip(*pairs)))
