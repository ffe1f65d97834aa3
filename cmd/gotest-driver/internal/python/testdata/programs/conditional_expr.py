x = 5
print("big" if x > 3 else "small", ("a" if x else "b") + "c", [1 if x > 10 else 2 if x > 4 else 3])
