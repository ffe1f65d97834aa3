import copy
def dup(x): return x.copy()
for v in [[1], {"a": 1}, {3}]:
    c = dup(v); print(c, c == v, c is v)
s = {1, 2}; t = s.copy(); t.add(3); print(len(s), len(t))
class C:
    def copy(self): return "own"
print(dup(C()), copy.copy([1]), copy.deepcopy({"a": [1]}))
