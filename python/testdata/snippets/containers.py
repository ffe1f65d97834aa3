#: list_methods
l = [3, 1, 2]
l.append(5); l.extend([7, 8]); l.insert(0, 9); l.insert(-1, 6)
print(l, l.pop(), l.pop(0), l.index(5), l.count(1))
l.remove(1); l.sort(); print(l); l.reverse(); print(l); l.clear(); print(l)
#: list_slices
l = list(range(10))
print(l[2:5], l[:3], l[-3:], l[::3], l[::-2], l[5:2], l[5:2:-1])
l[2:5] = ["a"]; print(l)
l[::2] = [0] * len(l[::2]); print(l)
del l[0]; del l[1:3]; print(l)
l[1:1] = [8, 9]; print(l)
#: list_aliasing
a = [1, 2]
b = a
b.append(3)
c = a[:]
c.append(4)
d = [[0] * 2] * 2
d[0][0] = 1
print(a, b, c, d, a is b, a == c[:3])
#: list_compare
print([1, 2] < [1, 3], [1] < [1, 0], [] < [1], [1, 2] == [1, 2], (1, 2) < (1, "a") if False else True)
#: list_iadd
a = [1]
b = a
a += [2]
a = a + [3]
print(a, b)
#: list_sort_keys
people = [("bob", 3), ("al", 1), ("cy", 3), ("di", 2)]
print(sorted(people), sorted(people, key=lambda p: p[1]), sorted(people, key=lambda p: (-p[1], p[0])), sorted(people, key=lambda p: p[1], reverse=True))
words = ["banana", "Apple", "cherry"]
words.sort(key=str.lower); print(words)
words.sort(key=len, reverse=True); print(words)
#: sort_stability
data = [(i % 3, i) for i in range(9)]
print(sorted(data, key=lambda t: t[0]))
print(sorted(data, key=lambda t: t[0], reverse=True))
#: dict_basic
d = {"b": 1, "a": 2}
d["c"] = 3
d["b"] = 9
print(d, list(d), list(d.values()), list(d.items()), len(d), "a" in d, d.get("z"), d.get("z", 0))
print(d.pop("b"), d.pop("zz", None), d.setdefault("x", []), d.setdefault("a", 5), d)
del d["a"]
print(d)
#: dict_merge
a = {"x": 1, "y": 2}
b = {"y": 3, "z": 4}
print(a | b, {**a, **b}, {**b, "x": 0}, dict(a, z=9), dict(**a))
a |= b
print(a)
a.update(x=5, w=6)
a.update([("q", 1)])
print(a)
#: dict_iter
d = {"one": 1, "two": 2}
for k in d:
    print(k, d[k])
for k, v in d.items():
    print(k, v)
for i, (k, v) in enumerate(d.items()):
    print(i, k, v)
print(sorted(d.items(), key=lambda kv: -kv[1]), {v: k for k, v in d.items()})
#: dict_mutate_iter
d = {"a": 1}
try:
    for k in d:
        d["b"] = 2
except RuntimeError as e:
    print(e)
#: dict_compare
print({"a": 1, "b": 2} == {"b": 2, "a": 1}, {"a": 1} != {"a": 2}, {} == {}, {1: "a"} == {1.0: "a"}, {"a": [1]} == {"a": [1]})
#: dict_order
d = {}
for k in ["z", "a", "m"]:
    d[k] = len(d)
d.pop("a")
d["a"] = 9
print(d, list(reversed(d)), next(iter(d)), d.popitem())
#: dict_fromkeys
print(dict.fromkeys(["a", "b"]), dict.fromkeys("ab", 0), dict([("x", 1)]), dict(zip("ab", [1, 2])), dict(a=1, b=2))
#: dict_nested
cfg = {"hosts": [{"name": "a", "ports": [80, 443]}, {"name": "b", "ports": []}]}
print([h["name"] for h in cfg["hosts"] if h["ports"]], cfg["hosts"][0]["ports"][-1])
cfg["hosts"][1].setdefault("tags", []).append("x")
print(cfg)
#: dict_comp
print({x: x ** 2 for x in range(4)}, {k.upper(): v for k, v in {"a": 1}.items() if v}, {len(w): w for w in ["a", "bb", "cc"]})
#: set_ops
a, b = {1, 2, 3}, {2, 3, 4}
print(sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b), a <= b, {2} < a, a.isdisjoint({9}), a.issubset({1, 2, 3, 4}), a.issuperset({1}), a >= {1})
#: set_repr
print({1}, {"a"}, set([3]), repr(set()), str({(1, 2)}))
#: tuple_compare
print((1, 2) < (1, 3), (1,) < (1, 2), (2,) > (1, 9), (1, "a") == (1, "a"), sorted([(2, "a"), (1, "z"), (1, "b")]))
#: unpacking
a, b = 1, 2
a, b = b, a
(c, d), e = (3, 4), 5
first, *rest = [1, 2, 3]
*init, last = "abc"
x, *mid, y = range(5)
[p, q] = (7, 8)
print(a, b, c, d, e, first, rest, init, last, x, mid, y, p, q)
#: unpack_star_err
try:
    a, b, *c = [1]
except ValueError as e:
    print(e)
#: display_unpack
a = [1, 2]
print([*a, 3, *"xy"], (*a, *a), {*a, 5} == {1, 2, 5}, {**{"a": 1}, "b": 2}, [*range(3)], [*{"k": 1}])
#: comp_scopes
x = "outer"
l = [x for x in range(3)]
print(x, l, [[i * j for j in range(3)] for i in range(3)], [(i, j) for i in range(3) for j in range(i)], [y for y in range(10) if y % 2 if y > 3])
#: comp_class_like
fs = [lambda: i for i in range(3)]
gs = [lambda i=i: i for i in range(3)]
print([f() for f in fs], [g() for g in gs])
#: nested_comp_filter
matrix = [[1, 2, 3], [4, 5, 6]]
print([list(r) for r in zip(*matrix)], [x for row in matrix for x in row if x % 2], {(i, j) for i in range(2) for j in range(2)} == {(0, 0), (0, 1), (1, 0), (1, 1)})
#: map_filter
print(list(map(str, [1, 2])), list(filter(None, [0, 1, "", "a"])), list(map(lambda a, b: a + b, [1, 2], [10, 20])), list(filter(lambda v: v > 1, [1, 2, 3])), list(map(int, "1 2 3".split())))
#: any_all
print(any([]), all([]), any([0, ""]), all([1, "a"]), any(x > 2 for x in [1, 3]), all(c.isdigit() for c in "12a"))
#: reversed_sorted
print(list(reversed([1, 2, 3])), sorted({"b": 1, "a": 2}), sorted("bca", reverse=True), "".join(reversed("abc")), sorted([3, 1, 2])[0])
#: and_or_values
print(0 or "x", "" or [] or None, 1 and 2, 0 and 1, None or {}, "a" and "b" or "c", not "" or 5)
#: identity
a = [1]
print(a is a, a is not [1], None is None, a == [1], (x := 5) is x, True is True)
#: nested_repr
print([["a", ("b",)], {"k": {"n": None}}, {1.0: True}, b"x", ["it's"]])
#: recursive_list_repr
l = [1]
l.append(l)
print(l)
d = {}
d["self"] = d
print(d)
#: list_of_dict_sort
rows = [{"n": "b", "v": 2}, {"n": "a", "v": 2}, {"n": "c", "v": 1}]
from operator import itemgetter
print([r["n"] for r in sorted(rows, key=itemgetter("v", "n"))], min(rows, key=lambda r: r["v"])["n"])
#: defaultdict_
from collections import defaultdict
d = defaultdict(list)
d["a"].append(1); d["a"].append(2); d["b"]
print(dict(d), d, len(d), "z" in d, d.get("z"))
n = defaultdict(int)
for ch in "hello":
    n[ch] += 1
print(dict(n), sorted(n.items()))
#: deque_
from collections import deque
d = deque([1, 2, 3], maxlen=3)
d.append(4); print(d, d[0], len(d))
d.appendleft(0); print(d, d.pop(), d.popleft(), list(d))
d.rotate(1); d.extend([5, 6]); print(list(d), 5 in d)
#: list_index_range
print([1, 2, 3, 2].index(2, 2), "abcabc".index("c", 3))
#: list_mul_nested
rows = [[0] * 3 for _ in range(2)]
rows[0][1] = 5
print(rows, [[]] * 2, [None] * 2, ["ab"] * 2)
#: copy_module
import copy
a = {"x": [1, {"y": 2}]}
b = copy.deepcopy(a)
c = copy.copy(a)
b["x"][1]["y"] = 9
c["x"].append(3)
print(a, b, c)
#: walrus
data = [1, 5, 10]
if (n := len(data)) > 2:
    print("long", n)
while (item := data.pop()) > 3:
    print("got", item)
print([y for x in [1, 2, 3] if (y := x * 2) > 2], y)
#: ternaries
for n in [-1, 0, 1]:
    print("neg" if n < 0 else "zero" if n == 0 else "pos")
#: sum_of_lists
print(sum((len(x) for x in ["a", "bb"]), 10), max(len(w) for w in ["a", "bbb"]), [sum(r) for r in [[1, 2], [3]]])
#: string_list_conv
print(list("abc"), "".join(sorted(set("hello"))), list(map(ord, "ab")), [*"xy"], tuple(c.upper() for c in "ab"))
#: set_inplace
s = {1, 2, 3}
t = s
s |= {4}
s -= {1}
s &= {2, 4}
s ^= {9}
print(sorted(s), t is s)
#: tuples
t = (1, 2, 3)
print(t[0], t[-1], t[1:], t + (4,), t * 2, len(t), 2 in t, t.index(3), t.count(1), (1,), (), tuple("ab"), tuple([1]))
try:
    t[0] = 5
except TypeError as e:
    print(e)
#: set_union_many
print(sorted(set().union([1], (2,), {3})), sorted({1, 2}.intersection([2, 3])), sorted({1}.symmetric_difference([2])), sorted({1, 2, 3}.difference([1], [2])))
#: frozenset_
f = frozenset([1])
print(f, repr(f), frozenset(), f | {1}, {f: 1}, f == {1}, {1} == f, isinstance(f, frozenset), isinstance(f, set), type(f).__name__, hash(f) == hash(frozenset([1])))
print(type(f | {2}).__name__, type({2} | f).__name__, f in {f}, frozenset("a"), f <= {1, 2}, sorted(f.union([5])))
#: frozenset_immutable
f = frozenset([1, 2])
try:
    f.add(3)
except AttributeError as e:
    print(e)
#: counter
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
c = Counter("abracadabra")
print(c.most_common(2), c["a"], c["zz"], c, sorted(c.elements())[:3], sum(c.values()))
c.update("aaa"); c.subtract({"b": 1})
print(c["a"], c["b"], Counter(a=1) + Counter(a=2, b=1))
#: slices_obj
s = slice(1, 4)
print([0, 1, 2, 3, 4, 5][s], "abcdef"[slice(None, None, -1)], s.start, s.stop)
#: list_errors
l = [1]
for f in [lambda: l[5], lambda: l.remove(9), lambda: [].pop(), lambda: l["a"], lambda: l + (1,)]:
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
#: sort_errors
try:
    sorted([1, "a"])
except TypeError as e:
    print(e)
try:
    sorted([None, 1])
except TypeError as e:
    print(e)
#: dict_errors
d = {"a": 1, 2: "b", (1, 2): 3}
for k in ["zz", 5, (3, 4), None, 1.5]:
    try:
        d[k]
    except KeyError as e:
        print(repr(e), e, e.args)
try:
    d[[1]]
except TypeError as e:
    print(e)
#: zip_enumerate
print(list(zip([1, 2, 3], "ab")), list(enumerate("ab", 1)), list(enumerate(["x"], start=5)), dict(enumerate("ab")), list(zip()), list(zip([1, 2], [3, 4], [5, 6])))
try:
    list(zip([1], [1, 2], strict=True))
except ValueError as e:
    print(e)
#: truthiness
for v in [0, 1, "", "a", [], [0], {}, {"a": 0}, None, 0.0, set(), (), (0,), b"", range(0), range(1)]:
    print(repr(v), bool(v), "yes" if v else "no", not v)
#: namedtuple_
from collections import namedtuple
P = namedtuple("P", ["x", "y"])
p = P(1, y=2)
print(p, p.x, p[1], p._replace(x=5), p._asdict(), P._fields, p == (1, 2), (1, 2) == p, len(p), tuple(p), list(p))
x, y = p
print(x, y, {p: "v"}[(1, 2)], {(1, 2): "w"}[p], (1, 2) in {p}, p in [(1, 2)], (1, 2) in [p], isinstance(p, tuple), p < P(1, 3), sorted([P(2, 1), P(1, 9)]))
#: in_list_types
print(1.0 in [1], "1" in [1], None in [None], [1] in [[1]], (1,) in [(1,)], True in [1], {"a": 1} in [{"a": 1}])
#: counter_operators
from collections import Counter
a, b = Counter("aabc"), Counter(a=1, b=3)
print(a + b, a - b, a & b, a | b, Counter() + Counter(), Counter(x=-1) + Counter(x=0))
c = Counter(["x", "x"], y=5)
c.update(x=2)
print(c, c.total(), sorted(c.elements()), c.most_common(1), "zz" in c)
#: frozenset_keys
seen = {frozenset(["a", "b"]): 1}
print(seen[frozenset(["b", "a"])], frozenset("ab") in seen, {frozenset([1]), frozenset([1])})
for x in sorted(frozenset([3, 1, 2])):
    print(x)
print(len(frozenset([1, 1])), frozenset([1, 2]) < {1, 2, 3}, {1} | frozenset([2]), frozenset([1, 2]) - {1}, frozenset([1]).issubset([1, 2]))
try:
    {set(): 1}
except TypeError as e:
    print(e)
