x, none, name = True, None, "bob"
print(f"{x!s:>6}|{none!s:<6}|{name!r:^8}|{x!r:>6}|{1.5!s:>5}|{[1, 'a']!s:>10}|{name!s:.2}|{x:>3}|{none!r:*>6}")
match = [1, 2]
match [0:1]
def kind(v, limit=5):
    match v:
        case 0: return "zero"
        case 1 | 2 if limit > 5: return "small"
        case [a, b]: return f"{a}, {b}"
        case "x" if limit == 5:
            return "x"
    return "other"
print(kind(0), kind(1), kind(2, limit=6), kind([1, 2]), kind("x"), kind("x", 4))
