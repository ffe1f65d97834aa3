print(0 or "x", "a" and "b", None or [] or "last", 1 and 0 and 2, "" or None)
def side(x):
    print("side", x)
    return x
side(0) or side(1)
side(0) and side(2)
