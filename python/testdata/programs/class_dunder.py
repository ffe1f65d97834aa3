class Box:
    def __init__(self, items):
        self.items = items
    def __len__(self):
        return len(self.items)
    def __getitem__(self, i):
        return self.items[i]
    def __setitem__(self, i, v):
        self.items[i] = v
    def __contains__(self, x):
        return x in self.items
    def __iter__(self):
        return iter(self.items)
    def __call__(self, a):
        return a + len(self)
    def __add__(self, o):
        return Box(self.items + o.items)
    def __lt__(self, o):
        return len(self) < len(o)
b = Box([1, 2])
b[0] = 5
print(len(b), b[0], 2 in b, [x for x in b], b(10), (b + Box([3])).items, b < Box([1, 2, 3]), bool(Box([])), sorted([Box([1, 2]), Box([1])])[0].items)
