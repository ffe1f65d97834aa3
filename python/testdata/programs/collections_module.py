from collections import defaultdict, Counter, namedtuple, OrderedDict
d = defaultdict(list)
d["a"].append(1)
d["a"].append(2)
print(dict(d), d["zz"], len(d), "q" in d)
c = defaultdict(int)
for w in "abca":
    c[w] += 1
print(dict(c), Counter("hello").most_common(1), Counter([1, 1, 2])[1])
P = namedtuple("P", "x y")
p = P(1, y=2)
print(p.x, p.y, p)
print(list(OrderedDict([("a", 1)]).items()))
