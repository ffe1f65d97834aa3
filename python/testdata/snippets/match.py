#: literals
def f(x):
    match x:
        case 0: return "zero"
        case 1 | 2: return "small"
        case "a" | "b": return "letter"
        case None: return "none"
        case True: return "true"
        case -1: return "minus"
        case 1.5: return "float"
        case _: return "other"
print([f(v) for v in [0, 1, 2, "a", "c", None, True, -1, 1.5, [], False]])
#: values
class Color:
    RED = 1
    GREEN = 2
import enum
class E(enum.Enum):
    A = 1
    B = 2
def f(c):
    match c:
        case Color.RED: return "red"
        case E.A: return "A"
        case E.B: return "B"
        case _: return "none"
print(f(1), f(E.A), f(E.B), f(2))
#: binding_leak
x = 5
match [1, 2]:
    case [x, 3]: pass
    case [a, b]: print("matched", a, b)
print(x in (1, 5))
#: in_loop
for ev in [("k", 1), ("q",), ("m", 2, 3)]:
    match ev:
        case ("q",):
            break
        case (k, v):
            print(k, v)
            continue
    print("unreached")
#: no_match
match 5:
    case 6: print("six")
print("after")
