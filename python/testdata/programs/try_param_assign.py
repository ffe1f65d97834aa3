def f(x):
    try:
        x = int(x)
    except ValueError:
        x = -1
    return x
print(f("5"), f("q"))
