from collections import deque
d = deque([1, 2, 3], maxlen=3); d.append(4); d.appendleft(0); print(d, d.pop(), d.popleft(), len(d), list(d))
d.extend([7, 8]); d.rotate(1); print(list(d), d[0], 7 in d, 99 in d)
q = deque(); print(bool(q), q)
for i in range(4): q.append(i)
while q:
    print(q.popleft(), len(q))
try:
    q.pop()
except IndexError as e: print(e)
q.extendleft("ab"); q.insert(1, "x"); q.reverse(); print(q, q.count("a"), q.index("x"), q == deque("axb"), [x for x in q], q.maxlen)
q.remove("x"); q.rotate(-1); print(list(q), sorted(q), q[-1]); q.clear(); print(list(q))
q = deque("abc"); q[0] = "z"; print(q.copy())
