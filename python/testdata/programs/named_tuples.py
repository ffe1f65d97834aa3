from collections import Counter, defaultdict, namedtuple, OrderedDict
c = Counter("abracadabra"); print(c.most_common(2), c["a"], c["zz"], sum(c.values()), c)
c.update("zzz"); print(c["z"], sorted(c.elements())[:3])
dd = defaultdict(list); dd["a"].append(1); dd["b"]; print(dict(dd), dd)
di = defaultdict(int)
for w in "a b a".split(): di[w] += 1
print(di["a"], sorted(di.items()))
Pt = namedtuple("Pt", ["x", "y"])
p = Pt(1, y=2); print(p, p.x, p[1], p == (1, 2), (1, 2) == p, p == Pt(1, 2), list(p), len(p))
a, b = p; print(a, b, p._replace(x=5), p._asdict(), Pt._fields, isinstance(p, tuple), p + (3,), 2 in p, sorted([Pt(2, 1), Pt(1, 1)]))
Q = namedtuple("Q", "a b c", defaults=[9]); print(Q(1, 2))
od = OrderedDict([("z", 1)]); od["a"] = 2; print(list(od.items()))
from typing import NamedTuple
class T(NamedTuple):
    a: int
    b: str = "q"
    def s(self): return self.b * self.a
t = T(2); print(t, t.s(), t[0], t == (2, "q"))
for x, y in [Pt(1, 2), Pt(3, 4)]: print(x + y)
