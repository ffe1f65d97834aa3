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
#: sequences
def f(x):
    match x:
        case []: return "empty"
        case [a]: return f"one {a}"
        case [a, b]: return f"two {a} {b}"
        case [a, *rest]: return f"many {a} {rest}"
        case _: return "no seq"
print([f(v) for v in [[], [1], (1, 2), [1, 2, 3], "ab", 5, range(2)]])
#: star_middle
def f(x):
    match x:
        case ["cmd", *args, "end"]: return args
        case [first, *_, last]: return (first, last)
        case [*all]: return all
print(f(["cmd", 1, 2, "end"]), f([1, 2, 3, 4]), f([7]), f(["cmd", "end"]))
#: mappings
def f(x):
    match x:
        case {"type": "err", "code": c}: return f"err {c}"
        case {"type": t, **rest}: return f"{t} {rest}"
        case {}: return "dict"
        case _: return "no"
print(f({"type": "err", "code": 5, "x": 1}), f({"type": "ok", "v": 1}), f({"a": 1}), f([]), f({}))
#: classes
from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: int
class C:
    __match_args__ = ("r",)
    def __init__(self, r): self.r = r
def f(s):
    match s:
        case P(0, 0): return "origin"
        case P(x=0, y=y): return f"on y at {y}"
        case P(x, y) if x == y: return f"diagonal {x}"
        case P(): return "point"
        case C(r): return f"circle {r}"
        case int(n): return f"int {n}"
        case str(): return "str"
        case _: return "?"
print([f(v) for v in [P(0, 0), P(0, 3), P(2, 2), P(1, 2), C(5), 7, "s", 1.5, True]])
#: as_patterns
def f(x):
    match x:
        case (1 | 2) as n: return f"n={n}"
        case [int() as a, str() as b] as whole: return f"{a} {b} {whole}"
        case {"k": [_, v] as pair}: return f"{v} {pair}"
        case other: return f"other {other}"
print(f(2), f([1, "a"]), f({"k": [1, 2]}), f(9))
#: guards
def f(p):
    match p:
        case (x, y) if x > y: return "gt"
        case (x, y) if x < y: return "lt"
        case (x, _): return f"eq {x}"
print(f((2, 1)), f((1, 2)), f((3, 3)))
#: nested
def f(cmd):
    match cmd.split():
        case ["go", ("north" | "south") as d]: return f"going {d}"
        case ["drop", *items] if items: return f"drop {len(items)}"
        case ["quit" | "exit"]: return "bye"
        case [verb, _, *_]: return f"{verb}?"
        case _: return "what"
print([f(c) for c in ["go north", "go up", "drop a b", "drop", "exit", "x y z", ""]])
#: match_dict_values
resp = {"status": 200, "body": {"items": [1, 2, 3]}}
match resp:
    case {"status": 200 | 201, "body": {"items": [first, *_]}}:
        print("first", first)
    case {"status": code}:
        print("code", code)
#: soft_keyword
match = 5
case = "x"
print(match + 1, case)
def f(match): return match * 2
print(f(match))
#: bool_vs_int
def f(x):
    match x:
        case bool(): return "bool"
        case int(): return "int"
        case float() | str(): return "fs"
        case list([a, *_]): return f"list {a}"
        case dict(): return "dict"
print([f(v) for v in [True, 1, 1.0, "s", [1, 2], {}, []]])
