s = {1, 2, 3}
t = set([3, 4])
print(sorted(s | t), sorted(s & t), sorted(s - t), sorted(s ^ t), s == {3, 2, 1}, 2 in s, len(s), s.issubset({1, 2, 3, 4}), s >= {1})
s.add(9)
s.discard(1)
s.update([7, 8])
s.remove(9)
print(sorted(s), sorted({x * 2 for x in [1, 2, 2]}), set(), s.isdisjoint({100}), sorted(s.union([1])), frozenset([1]) == {1})
s -= {7}
s |= {70}
print(sorted(s))
u = s
u |= {71}
print(71 in s)
