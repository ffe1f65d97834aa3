from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Optional


@dataclass
class Node:
    name: str
    ports: list[int] = field(default_factory=list)
    parent: Optional["Node"] = None
    count: ClassVar[int] = 0

    def path(self) -> str:
        return self.name if self.parent is None else f"{self.parent.path()}/{self.name}"

    @property
    def first(self):
        return self.ports[0] if self.ports else None

    @staticmethod
    def make(name):
        return Node(name)

    @classmethod
    def child(cls, parent, name):
        return cls(name, parent=parent)


@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int = 0


class Row(NamedTuple):
    key: str
    value: int = 3


root = Node("root", [80])
leaf = Node.child(root, "leaf")
print(leaf.path(), root.first, leaf.first, Node.make("x") == Node("x"), root)
print(Version(1, 2) < Version(2), Version(1), sorted([Version(3), Version(1, 5)]), {Version(1): "a"}[Version(1)])
r = Row("k")
print(r, r.key, r.value, r == Row("k", 3))


class Base:
    shared = []
    limit = 10

    def __init__(self, name):
        self.name = name
        self._log = []

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"

    def __len__(self):
        return len(self._log)

    def __contains__(self, x):
        return x in self._log

    def __iter__(self):
        return iter(self._log)

    def __call__(self, *xs, **kw):
        self._log.extend(xs)
        return self

    def __eq__(self, other):
        return isinstance(other, Base) and self.name == other.name

    def __hash__(self):
        return hash(self.name)

    def __enter__(self):
        self("entered")
        return self

    def __exit__(self, *exc):
        self("left")
        return False

    def __bool__(self):
        return True


class Derived(Base):
    limit = 20

    def __init__(self, name, extra):
        super().__init__(name)
        self.extra = extra

    def __repr__(self):
        return super().__repr__() + f"+{self.extra}"


d = Derived("n", 5)
d(1, 2)(3)
print(d, len(d), 2 in d, list(d), d == Base("n"), d.limit, Base.limit, isinstance(d, Base), issubclass(Derived, Base))
with d as same:
    print(same is d, [x for x in same])
print(len({d, Base("n")}), hasattr(d, "extra"), getattr(d, "none", "default"), bool(d))
setattr(d, "extra", 7)
print(d.extra, d.__class__.__name__)
Derived.shared.append(1)
print(Base.shared)
