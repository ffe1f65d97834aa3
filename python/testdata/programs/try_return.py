def f(x):
    try:
        if x == 0:
            return "zero"
        if x == 1:
            raise KeyError("one")
        print("falls through")
    except KeyError:
        return "key"
    finally:
        print("finally", x)
    return "end"
print(f(0), f(1), f(2))
