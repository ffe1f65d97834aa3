class Point:
    """A point."""
    origin = "O"
    count = 0
    def __init__(self, x, y=0):
        self.x = x
        self.y = y
        Point.count += 1
    def norm(self):
        return self.x ** 2 + self.y ** 2
    def __str__(self):
        return f"({self.x}, {self.y})"
    def __repr__(self):
        return f"Point({self.x}, {self.y})"
    def __eq__(self, other):
        return self.x == other.x and self.y == other.y
    @property
    def double(self):
        return self.x * 2
    @staticmethod
    def make():
        return Point(9)
    @classmethod
    def named(cls, n):
        return cls(n, n)
p = Point(1, y=2)
print(p, [p], p.norm(), p.double, Point.make(), Point.named(3), p == Point(1, 2), p != Point(0), Point.count, p.origin, f"{p} {p!r}")
p.x = 10
p.extra = "new"
print(p.x, p.extra, hasattr(p, "nope"), getattr(p, "nope", 1), isinstance(p, Point))
