def f(x):
    match x:
        case 0:
            return "zero"
        case 1 | 2:
            return "small"
        case "a":
            return "letter"
        case [a, b]:
            return f"pair {a} {b}"
        case None:
            return "none"
        case _:
            return "other"
print(f(0), f(2), f("a"), f([1, 2]), f(None), f(99), f([1]))
