def f(x, sep):
    return sep.join(str(i) for i in x)
print(f([1, 2.5, "a", None], "-"), f("abc", ""), f({"k": 1}, "x"))
