#: basic
class P:
    """A point."""
    count = 0
    def __init__(self, x, y=0):
        self.x, self.y = x, y
        P.count += 1
    def dist(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5
    def __repr__(self):
        return f"P({self.x}, {self.y})"
p, q = P(3, 4), P(1)
print(p, [q], p.dist(), P.count, p.count, P.__name__, P.__doc__, type(p).__name__, p.__class__.__name__, isinstance(p, P))
#: str_repr
class A:
    def __str__(self): return "str"
    def __repr__(self): return "repr"
class B:
    def __repr__(self): return "only repr"
class C:
    def __str__(self): return "only str"
print(A(), [A()], f"{A()} {A()!r} {A():>5}", "%s %r" % (A(), A()), str(B()), B(), {"k": B()}, str(C()), "{}".format(A()))
#: inheritance
class A:
    def hi(self): return "A"
    def who(self): return f"{self.hi()}-{type(self).__name__}"
class B(A):
    def hi(self): return "B" + super().hi()
class C(B):
    def hi(self): return "C" + super().hi()
print(A().who(), B().who(), C().who(), isinstance(C(), A), issubclass(C, B), issubclass(A, C), C.__bases__[0].__name__)
#: super_init
class Base:
    def __init__(self, name, **kw):
        self.name = name
        self.kw = kw
class D(Base):
    def __init__(self, name, extra, **kw):
        super().__init__(name, **kw)
        self.extra = extra
d = D("n", 1, z=2)
print(d.name, d.extra, d.kw)
#: mro_diamond
class A:
    def f(self): return ["A"]
class B(A):
    def f(self): return ["B"] + super().f()
class C(A):
    def f(self): return ["C"] + super().f()
class D(B, C):
    def f(self): return ["D"] + super().f()
print(D().f(), [k.__name__ for k in D.__mro__])
#: mixin
class Log:
    def log(self, m): return f"[{self.name}] {m}"
class Named:
    def __init__(self, name): self.name = name
class Svc(Log, Named):
    pass
print(Svc("web").log("up"))
#: class_static
class T:
    base = 10
    @classmethod
    def make(cls, v): 
        t = cls()
        t.v = v + cls.base
        return t
    @staticmethod
    def add(a, b): return a + b
    def use(self): return self.add(1, 2) + T.add(3, 4)
class U(T):
    base = 100
print(T.make(1).v, U.make(1).v, type(U.make(1)).__name__, T.add(1, 2), T().use(), U().add(5, 6))
#: properties
class Temp:
    def __init__(self, c): self._c = c
    @property
    def c(self):
        """Celsius."""
        return self._c
    @c.setter
    def c(self, v):
        if v < -273:
            raise ValueError("too cold")
        self._c = v
    @property
    def f(self): return self._c * 9 / 5 + 32
t = Temp(20)
t.c = 30
print(t.c, t.f)
t.c += 5
print(t.c)
try:
    t.c = -300
except ValueError as e:
    print(e, t.c)
try:
    t.f = 3
except AttributeError as e:
    print(type(e).__name__)
#: property_deleter
class X:
    def __init__(self): self._v = 1
    @property
    def v(self): return self._v
    @v.setter
    def v(self, n): self._v = n
    @v.deleter
    def v(self):
        print("deleting")
        self._v = None
x = X()
del x.v
print(x.v)
x.v = 7
print(x.v)
#: property_call
class X:
    def __init__(self): self._v = 1
    def get(self): return self._v
    def set(self, n): self._v = n * 2
    v = property(get, set)
x = X()
x.v = 4
print(x.v)
#: property_inherit
class A:
    @property
    def n(self): return "a"
class B(A):
    @property
    def n(self): return "b" + super().n
print(B().n)
#: eq_hash
class K:
    def __init__(self, k): self.k = k
    def __eq__(self, o): return isinstance(o, K) and self.k == o.k
    def __hash__(self): return hash(self.k)
    def __repr__(self): return f"K{self.k}"
print(K(1) == K(1), K(1) != K(2), K(1) == 1, K(1) in [K(1)], {K(1): "v"}[K(1)], len({K(1), K(1), K(2)}), K(1) is K(1), [K(1), 2] == [K(1), 2])
#: lt_only
class J:
    def __init__(self, p): self.p = p
    def __lt__(self, o): return self.p < o.p
    def __repr__(self): return f"J{self.p}"
print(sorted([J(3), J(1), J(2)]), sorted([J(3), J(1)], reverse=True), J(1) > J(0))
try:
    J(1) <= J(2)
except TypeError as e:
    print(e)
#: arith
class Vec:
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return Vec(self.x + o.x, self.y + o.y)
    def __sub__(self, o): return Vec(self.x - o.x, self.y - o.y)
    def __mul__(self, k): return Vec(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __neg__(self): return Vec(-self.x, -self.y)
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** .5
    def __bool__(self): return bool(self.x or self.y)
    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)
    def __repr__(self): return f"Vec({self.x}, {self.y})"
a, b = Vec(1, 2), Vec(3, 4)
print(a + b, b - a, a * 3, 3 * a, -a, abs(b), bool(Vec(0, 0)), "t" if a else "f", a == Vec(1, 2))
a += b
print(a)
#: iadd
class Acc:
    def __init__(self): self.l = []
    def __iadd__(self, x):
        self.l.append(x)
        return self
a = Acc()
b = a
a += 1
a += 2
print(a.l, a is b)
#: container_dunder
class Box:
    def __init__(self, *items): self.items = list(items)
    def __len__(self): return len(self.items)
    def __getitem__(self, i): return self.items[i]
    def __setitem__(self, i, v): self.items[i] = v
    def __delitem__(self, i): del self.items[i]
    def __contains__(self, x): return x in self.items
    def __iter__(self): return iter(self.items)
    def __reversed__(self): return reversed(self.items)
b = Box(1, 2, 3)
b[0] = 9
del b[1]
print(len(b), b[0], b[-1], b[0:2], 9 in b, 2 not in b, list(b), [x for x in b], list(reversed(b)), sum(b), max(b), sorted(b), bool(Box()), bool(b))
x, y = b
print(x, y, *b)
#: iterator_class
class Count:
    def __init__(self, n): self.n, self.i = n, 0
    def __iter__(self): return self
    def __next__(self):
        if self.i >= self.n:
            raise StopIteration
        self.i += 1
        return self.i
print(list(Count(3)), sum(Count(4)))
c = Count(2)
print(next(c), next(c), next(c, None))
for x in Count(2):
    print(x)
#: iter_generator
class Tree:
    def __init__(self, v, kids=()): self.v, self.kids = v, kids
    def __iter__(self):
        yield self.v
        for k in self.kids:
            yield from k
print(list(Tree(1, [Tree(2, [Tree(3)]), Tree(4)])))
#: callable_
class Adder:
    def __init__(self, n): self.n = n
    def __call__(self, x, *, twice=False): return x + self.n * (2 if twice else 1)
a = Adder(5)
print(a(1), a(1, twice=True), callable(a), list(map(a, [1, 2])))
#: context_manager
class CM:
    def __init__(self, name, swallow=False): self.name, self.swallow = name, swallow
    def __enter__(self):
        print("enter", self.name)
        return self
    def __exit__(self, t, v, tb):
        print("exit", self.name, t.__name__ if t else None, v)
        return self.swallow
with CM("a") as a, CM("b"):
    print(a.name)
with CM("s", True):
    raise ValueError("x")
try:
    with CM("o"):
        with CM("i"):
            1 / 0
except ZeroDivisionError as e:
    print("caught", e)
def f():
    with CM("r"):
        return "ret"
print(f())
for i in range(3):
    with CM(i):
        if i == 0:
            continue
        if i == 1:
            break
#: getattr_
class Dyn:
    def __init__(self): self.real = 1
    def __getattr__(self, n):
        if n.startswith("no"):
            raise AttributeError(n)
        return f"dyn_{n}"
d = Dyn()
print(d.real, d.foo, getattr(d, "bar"), hasattr(d, "nope"), getattr(d, "nothing", "def"))
#: setattr_hook
class S:
    def __init__(self): 
        object.__setattr__(self, "log", [])
    def __setattr__(self, k, v):
        self.log.append((k, v))
        object.__setattr__(self, k, v)
s = S()
s.x = 1
s.x = 2
print(s.log, s.x)
#: class_attr_shadow
class A:
    items = []
    n = 0
a, b = A(), A()
a.items.append(1)
a.n += 1
print(b.items, A.n, a.n, b.n)
A.n = 5
print(b.n, a.n)
#: nested_class
class Outer:
    class Inner:
        v = 5
        def f(self): return self.v
    def make(self): return Outer.Inner()
print(Outer.Inner.v, Outer().make().f(), Outer.Inner.__name__)
#: class_body_code
class A:
    x = 2
    y = x * 3
    names = [n.upper() for n in ["a", "b"]]
    table = {}
    for i in range(3):
        table[i] = i * i
    if y > 5:
        big = True
print(A.y, A.names, A.table, A.big)
#: slots
class S:
    __slots__ = ("a", "b")
    def __init__(self): self.a = 1
s = S()
try:
    s.c = 5
except AttributeError as e:
    print("AttributeError")
print(s.a)
#: abstract
from abc import ABC, abstractmethod
class Shape(ABC):
    @abstractmethod
    def area(self): ...
    def describe(self): return f"area {self.area()}"
class Sq(Shape):
    def __init__(self, s): self.s = s
    def area(self): return self.s ** 2
print(Sq(3).describe())
try:
    Shape()
except TypeError as e:
    print("TypeError")
#: dataclass_
from dataclasses import dataclass, field, asdict, astuple, replace
@dataclass
class P:
    x: int
    y: int = 0
    tags: list = field(default_factory=list)
    def total(self): return self.x + self.y
p = P(1)
p.tags.append("a")
print(p, P(1, 2), P(1) == P(1), p == P(1), p.total(), asdict(p), astuple(P(3)), replace(p, x=9), P(2).tags, P(1) != P(2))
#: dataclass_frozen
from dataclasses import dataclass, FrozenInstanceError
@dataclass(frozen=True)
class F:
    a: int
    b: str = "x"
f = F(1)
try:
    f.a = 2
except FrozenInstanceError as e:
    print(type(e).__name__, e)
try:
    f.new = 2
except AttributeError as e:
    print(e)
print(f, hash(f) == hash(F(1)), {f: 1}[F(1)], f in {F(1, "x")})
#: dataclass_order
from dataclasses import dataclass, field
@dataclass(order=True)
class J:
    prio: int
    name: str = field(compare=False)
print(sorted([J(2, "b"), J(1, "z")]), J(1, "a") < J(2, "a"), J(1, "a") == J(1, "b"), max(J(1, "q"), J(3, "r")))
#: dataclass_opts
from dataclasses import dataclass, field, fields
@dataclass(eq=False, repr=False)
class D:
    a: int
    secret: str = field(default="s", repr=False)
print(D(1) == D(1), [f.name for f in fields(D)])
@dataclass
class E:
    a: int
    secret: str = field(default="s", repr=False)
    derived: int = field(init=False)
    def __post_init__(self): self.derived = self.a * 2
print(E(2), E(2).derived)
@dataclass(kw_only=True)
class K:
    a: int
    b: int = 2
print(K(a=1))
try:
    K(1)
except TypeError:
    print("TypeError")
#: dataclass_inherit
from dataclasses import dataclass
@dataclass
class A:
    x: int
    y: int = 1
@dataclass
class B(A):
    z: int = 2
    y: int = 5
print(B(1), B(1, 2, 3), isinstance(B(1), A), A(1) == B(1))
#: dataclass_errors
from dataclasses import dataclass
@dataclass
class A:
    x: int
    y: int
for f in [lambda: A(1), lambda: A(1, 2, 3), lambda: A(1, z=3), lambda: A()]:
    try:
        f()
    except TypeError as e:
        print(e)
#: enum_
from enum import Enum, auto
class Color(Enum):
    RED = 1
    GREEN = "g"
    BLUE = 3
    def low(self): return self.name.lower()
print(Color.RED, repr(Color.RED), Color.RED.name, Color.GREEN.value, Color(3), Color["BLUE"], Color.RED == Color.RED, Color.RED == 1, list(Color), len(Color), Color.RED.low(), Color.RED in Color, isinstance(Color.RED, Color))
try:
    Color(99)
except ValueError as e:
    print(e)
class S(Enum):
    A = auto()
    B = auto()
print([s.value for s in S], {S.A: "x"}[S.A], S.A is S.A, f"{S.B}")
#: int_enum_mixin
from enum import Enum
class N(int, Enum):
    ONE = 1
    TWO = 2
print(N.ONE + 1, N.ONE < N.TWO, N.TWO == 2, N.ONE.name, repr(N.TWO), str(N.TWO))
#: enum_iter_members
from enum import Enum, unique
@unique
class E(Enum):
    A = 1
    B = 2
for e in E:
    print(e.name, e.value)
print(E.__members__.keys() if False else list(E.__members__), {e.name: e.value for e in E})
class W(Enum):
    X = 1
    Y = 1
print(W.Y, W.X is W.Y, list(W))
try:
    E.A = 5
except AttributeError as e:
    print("AttributeError")
#: exception_class
class E(Exception):
    def __init__(self, code, msg="m"):
        super().__init__(f"{msg} ({code})")
        self.code = code
class F(E): pass
try:
    raise F(5, "bad")
except E as e:
    print(e, e.code, e.args, repr(e), type(e).__name__, isinstance(e, Exception))
#: new_singleton
class S:
    _inst = None
    def __new__(cls):
        if cls._inst is None:
            cls._inst = super().__new__(cls)
        return cls._inst
print(S() is S())
#: init_subclass
class Base:
    registry = []
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Base.registry.append(cls.__name__)
class A(Base): pass
class B(Base): pass
print(Base.registry)
#: class_getitem_len
class A:
    def __len__(self): return 0
print(bool(A()), "yes" if A() else "no", not A())
#: equality_default
class A: pass
a, b = A(), A()
print(a == a, a == b, a != b, a in [b], a in [a], {a: 1}[a], len({a, b}), a == None)
#: eq_notimplemented
class A:
    def __init__(self, v): self.v = v
    def __eq__(self, o):
        if not isinstance(o, A):
            return NotImplemented
        return self.v == o.v
print(A(1) == A(1), A(1) == 1, A(1) != 1, 1 == A(1), A(1) == None)
#: self_types
class A:
    registry = {}
    def __init__(self, name):
        self.name = name
        A.registry[name] = self
    @classmethod
    def get(cls, name): return cls.registry[name]
A("x"); A("y")
print(A.get("x").name, list(A.registry))
#: instance_method_assign
class A:
    def f(self): return "orig"
a = A()
a.f = lambda: "patched"
print(a.f(), A().f())
A.f = lambda self: "class"
print(A().f(), a.f())
#: class_decorator
def reg(cls):
    cls.tag = cls.__name__.lower()
    return cls
@reg
class Foo: pass
print(Foo.tag, Foo().tag)
#: unbound_call
class A:
    def f(self, x): return (self.v, x)
a = A()
a.v = 1
print(A.f(a, 2), a.f(3), list(map(a.f, [4])))
#: descriptor
class Desc:
    def __get__(self, obj, typ=None): return 42
    def __set__(self, obj, v): print("set", v)
class A:
    d = Desc()
a = A()
print(a.d)
a.d = 5
#: bool_len_index
class A:
    def __bool__(self): return False
if not A():
    print("falsy")
while A():
    break
else:
    print("else")
print([x for x in [A(), 1] if x], A() or "dflt", any([A()]), all([A()]))
#: generic_class
from typing import Generic, TypeVar
T = TypeVar("T")
class Stack(Generic[T]):
    def __init__(self) -> None:
        self.items: list[T] = []
    def push(self, x: T) -> None: self.items.append(x)
    def pop(self) -> T: return self.items.pop()
s: Stack[int] = Stack()
s.push(1); s.push(2)
print(s.pop(), s.items)
#: protocol_
from typing import Protocol
class HasName(Protocol):
    name: str
class A:
    name = "a"
def show(x: HasName): return x.name
print(show(A()))
#: eq_no_hash
class K:
    def __eq__(self, o): return True
try:
    {K()}
except TypeError as e:
    print(e)
#: ordering
import functools
@functools.total_ordering
class V:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __repr__(self): return f"V{self.v}"
a, b = V(1), V(2)
print(a < b, a <= b, a > b, a >= b, a == b, a != b, sorted([V(3), a, b]), max([a, b]), min(b, a))
#: getitem_iter
class Old:
    def __getitem__(self, i):
        if i > 2:
            raise IndexError(i)
        return i * 10
print(list(Old()), 20 in Old(), [x for x in Old()])
for v in Old():
    print(v)
#: attrs_dynamic
class O: pass
o = O()
o.a = 1
setattr(o, "b", 2)
print(o.a, o.b, hasattr(o, "c"), getattr(o, "c", 3), vars(o), o.__dict__)
del o.a
print(hasattr(o, "a"))
delattr(o, "b")
print(vars(o))
try:
    o.zzz
except AttributeError as e:
    print(e)
#: dataclass_unhashable
from dataclasses import dataclass
@dataclass
class D:
    a: int
try:
    {D(1)}
except TypeError as e:
    print(e)
try:
    D(1) < D(2)
except TypeError as e:
    print(e)
#: flag_
from enum import Flag, auto
class P(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W
p = P.R | P.W
print(p, repr(p), P.R in p, P.X in p, p == P.RW, bool(p & P.X), p & P.R, p.value, P(5), ~P.R, p ^ P.R, bool(P(0)), P(0), list(P), P.R | P.X)
#: intflag_
from enum import IntFlag
class M(IntFlag):
    A = 1
    B = 2
print(M.A | M.B, repr(M.A | M.B), M.A | 2, int(M.A | M.B), M(3) & 1, M.B > M.A, (M.A | M.B) == 3, M.A in M(3))
#: typeddict_
from typing import TypedDict, NotRequired
class Conf(TypedDict, total=False):
    host: str
    port: int
c: Conf = {"host": "a", "port": 1}
d = Conf(host="b", port=2)
print(c, d, d["host"], type(d).__name__, isinstance(d, dict), d == {"host": "b", "port": 2})
#: cached_property_
from functools import cached_property
class A:
    @cached_property
    def v(self):
        print("computed")
        return 7
a = A()
print(a.v, a.v)
#: other_ops
class N:
    def __init__(self, v): self.v = v
    def __pow__(self, o): return N(self.v ** o)
    def __matmul__(self, o): return "matmul"
    def __lshift__(self, o): return N(self.v << o)
    def __rshift__(self, o): return N(self.v >> o)
    def __xor__(self, o): return N(self.v ^ o)
    def __invert__(self): return N(~self.v)
    def __radd__(self, o): return o + self.v
    def __int__(self): return self.v
    def __float__(self): return float(self.v)
    def __index__(self): return self.v
    def __round__(self, n=None): return "rounded"
n = N(3)
print((n ** 2).v, n @ n, (n << 2).v, (n >> 1).v, (n ^ 1).v, (~n).v, 10 + n, int(n), float(n), [0, 1, 2, 3][n], round(n), sum([N(1), N(2)]))
#: namedtuple_class
from typing import NamedTuple
class R(NamedTuple):
    name: str
    code: int = 0
    def ok(self): return self.code == 0
r = R("a")
print(r, r.ok(), r.name, r[1], R("b", 2)._asdict(), r == ("a", 0), {r: 1}[("a", 0)])
n, c = r
print(n, c)
#: private_mangle
class A:
    def __init__(self): self.__x = 1; self._y = 2
    def get(self): return self.__x
    def __hidden(self): return "h"
    def call(self): return self.__hidden()
a = A()
print(a.get(), a._y, a.call(), hasattr(a, "__x"), a._A__x)
#: intenum_
from enum import IntEnum, StrEnum, Flag, IntFlag, auto
class L(IntEnum):
    LOW = 1
    HIGH = 5
print(L.LOW < L.HIGH, L.LOW == 1, L.HIGH + 1, sorted([L.HIGH, L.LOW]), int(L.HIGH), [10, 20][L.LOW], L(5), repr(L.LOW), str(L.LOW), f"{L.LOW}", L.LOW in [1], {1: "x"}[L.LOW], max(L), isinstance(L.LOW, int), "%d" % L.HIGH, L.HIGH * 2, L.LOW == L.LOW, L.LOW.name)
#: strenum_
from enum import StrEnum, auto
class S(StrEnum):
    ON = "on"
    OFF = auto()
print(S.ON, repr(S.ON), S.ON == "on", S.OFF.value, S.ON.upper(), f"{S.ON}-{S.OFF}", S.ON + "x", "on" == S.ON, S("on"), {"on": 1}[S.ON], S.ON in ["on"], ",".join(S), isinstance(S.ON, str), len(S.ON), S.ON.startswith("o"))
#: str_enum_mixin
from enum import Enum
class S(str, Enum):
    A = "a"
    B = "b"
print(S.A == "a", S.A.value, S.A.upper(), repr(S.A), str(S.A), S("b"), S.A in ["a"], isinstance(S.A, str))
#: format_dunder
class M:
    def __format__(self, spec): return f"<{spec}>"
print(f"{M()} {M():x}", format(M(), "abc"), "{:q}".format(M()))
