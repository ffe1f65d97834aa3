def f():
    with subtest("r"):
        x = 5
    return x
print(f())
