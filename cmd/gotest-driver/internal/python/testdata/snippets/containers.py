#: list_methods
l = [3, 1, 2]
l.append(5); l.extend([7, 8]); l.insert(0, 9); l.insert(-1, 6)
print(l, l.pop(), l.pop(0), l.index(5), l.count(1))
l.remove(1); l.sort(); print(l); l.reverse(); print(l); l.clear(); print(l)
#: list_compare
print([1, 2] < [1, 3], [1] < [1, 0], [] < [1], [1, 2] == [1, 2], (1, 2) < (1, "a") if False else True)
#: list_iadd
a = [1]
b = a
a += [2]
a = a + [3]
print(a, b)
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
#: dict_compare
print({"a": 1, "b": 2} == {"b": 2, "a": 1}, {"a": 1} != {"a": 2}, {} == {}, {1: "a"} == {1.0: "a"}, {"a": [1]} == {"a": [1]})
#: dict_nested
cfg = {"hosts": [{"name": "a", "ports": [80, 443]}, {"name": "b", "ports": []}]}
print([h["name"] for h in cfg["hosts"] if h["ports"]], cfg["hosts"][0]["ports"][-1])
cfg["hosts"][1].setdefault("tags", []).append("x")
print(cfg)
#: dict_comp
print({x: x ** 2 for x in range(4)}, {k.upper(): v for k, v in {"a": 1}.items() if v}, {len(w): w for w in ["a", "bb", "cc"]})
#: tuple_compare
print((1, 2) < (1, 3), (1,) < (1, 2), (2,) > (1, 9), (1, "a") == (1, "a"), sorted([(2, "a"), (1, "z"), (1, "b")]))
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
#: any_all
print(any([]), all([]), any([0, ""]), all([1, "a"]), any(x > 2 for x in [1, 3]), all(c.isdigit() for c in "12a"))
#: reversed_sorted
print(list(reversed([1, 2, 3])), sorted({"b": 1, "a": 2}), sorted("bca", reverse=True), "".join(reversed("abc")), sorted([3, 1, 2])[0])
#: and_or_values
print(0 or "x", "" or [] or None, 1 and 2, 0 and 1, None or {}, "a" and "b" or "c", not "" or 5)
#: nested_repr
print([["a", ("b",)], {"k": {"n": None}}, {1.0: True}, b"x", ["it's"]])
#: list_index_range
print([1, 2, 3, 2].index(2, 2), "abcabc".index("c", 3))
#: list_mul_nested
rows = [[0] * 3 for _ in range(2)]
rows[0][1] = 5
print(rows, [[]] * 2, [None] * 2, ["ab"] * 2)
#: ternaries
for n in [-1, 0, 1]:
    print("neg" if n < 0 else "zero" if n == 0 else "pos")
#: string_list_conv
print(list("abc"), "".join(sorted(set("hello"))), list(map(ord, "ab")), [*"xy"], tuple(c.upper() for c in "ab"))
