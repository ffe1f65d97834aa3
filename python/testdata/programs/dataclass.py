from dataclasses import dataclass, field
@dataclass
class Item:
    name: str
    n: int = 1
    tags: list = field(default_factory=list)
    def total(self):
        return self.n * 2
a = Item("x")
b = Item("y", n=5, tags=["t"])
a.tags.append("z")
print(a, b, a.total(), a == Item("x", 1, ["z"]), b.name, Item("q").tags)
