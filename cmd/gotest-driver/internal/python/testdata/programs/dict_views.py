a = {"x": 1, "y": 2}
b = {"y": 2, "z": 3}
print(sorted(a.keys() & b.keys()), sorted(a.keys() - b.keys()), a.keys() == {"x", "y"}, sorted(a.items() & b.items()))
