import difflib
class R:
    def __init__(self):
        self.s = 12345
    def next(self):
        self.s = (self.s * 1103515245 + 12345) % 2147483648
        return self.s // 65536
    def randint(self, a, b):
        return a + self.next() % (b - a + 1)
    def choice(self, t):
        return t[self.next() % len(t)]
r = R()
def words(n, k): return ["".join(r.choice("abc") for _ in range(1)) if k else str(r.randint(0, 9)) for _ in range(n)]
for i in range(40):
    a = words(r.randint(0, 30), i % 2); b = list(a) if i % 3 else words(r.randint(0, 30), i % 2)
    for _ in range(r.randint(0, 4)):
        if b:
            j = r.randint(0, len(b) - 1)
            op = r.randint(0, 2)
            if op == 0: b[j] = "x"
            elif op == 1: b.pop(j)
            else: b.insert(j, "y")
    for m in [difflib.SequenceMatcher(None, a, b), difflib.SequenceMatcher(lambda x: x in ("a", "1"), a, b)]:
        print([tuple(x) for x in m.get_matching_blocks()], list(m.get_opcodes()), list(m.get_grouped_opcodes(i % 4)), m.ratio(), m.quick_ratio(), m.real_quick_ratio())
    print(list(difflib.unified_diff(a, b, "f", "g", lineterm="", n=i % 4)))
    print(list(difflib.context_diff(a, b, "f", "g", "d", "e", n=i % 4)))
big = [str(r.randint(0, 40)) for _ in range(300)]
big2 = list(big); big2[100] = "no"; big2.insert(200, "new")
print(difflib.SequenceMatcher(None, big, big2).get_opcodes(), difflib.SequenceMatcher(None, big, big2, False).get_opcodes())
print(difflib.get_close_matches("appel", ["ape", "apple", "peach", "puppy"]))
print(list(difflib.restore(["- a", "+ b", "  c", "? x"], 1)))
