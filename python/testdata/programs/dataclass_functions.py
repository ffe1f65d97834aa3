from dataclasses import dataclass, replace, astuple, field
@dataclass(order=True)
class Q:
    a: int
    b: str = "b"
    c: list = field(default_factory=list)
q = Q(1); r = replace(q, b="c"); print(q, r, q == r, astuple(r), Q(1) < Q(2), sorted([Q(3), Q(1)]))
r.c.append(1); print(q.c)
