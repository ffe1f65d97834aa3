import functools
import operator
from collections import Counter, OrderedDict, defaultdict, namedtuple

Point = namedtuple("Point", ["x", "y"])
p = Point(1, y=2)
print(p.x, p.y, p == Point(1, 2), p)
groups = defaultdict(list)
for word in "one two three four five".split():
    groups[len(word)].append(word)
print(sorted(groups.items()), dict(groups))
c = Counter("abracadabra")
print(c.most_common(2), c["z"], sum(c.values()))
od = OrderedDict(a=1)
od["b"] = 2
print(list(od))
print(functools.reduce(operator.add, [1, 2, 3], 10), functools.reduce(lambda a, b: a * b, range(1, 5)))
print(list(zip([1, 2], "ab", strict=True)), [*map(str, range(3))], {**{"a": 1}, "b": 2})
print(max([3, 1, 2], key=lambda v: -v), min([], default="none"), sum([[1], [2]], []))
print("abc".translate(str.maketrans("ab", "xy")), "a,b,,c".split(","), "x".center(5, "*"), "a\tb".expandtabs(4))
print(bytes.fromhex("6869").decode(), "hi".encode().hex(), int("ff", 16), int("0b11", 0), hex(255), bin(5), oct(8))
print(pow(2, 10, 1000), divmod(-7, 3), round(2.675, 2), round(15, -1), abs(-3.5))
values = [lambda i=i: i * 2 for i in range(3)]
print([f() for f in values])
matrix = [[r * c for c in range(3)] for r in range(3) if r]
print(matrix, [v for row in matrix for v in row if v % 2 == 0])
print(f"{'a' 'b'!r:>8}|{3.14159:.2f}|{1234567:,}|{0.5:%}|{255:#x}|{7:03d}|{'é':^5}|")
a = b = []
a += [1]
print(a, b, a is b)
print("yes" if not a == [] else "no", *[1, 2], sep="-", end="!\n")
text = """\
first
  second\tthird
"""
print(text, text.count("\n"), text.index("second"), text.find("none"))
print(all(isinstance(v, (int, float)) for v in [1, 2.0]), any([]), callable(print))
print(sorted([("b", 2), ("a", 2), ("c", 1)], key=lambda t: (-t[1], t[0])))
print(repr("it's"), repr('say "hi"'), repr("a\\b\n"), str(b"x\x00"), ascii("é"))
print(1_000_000, 0x_ff, 1e3, 1.5e-7, 10**20, -7 // 2, -7 % 3, 7 / 2, 2**-1, 3 if [] else 4)
