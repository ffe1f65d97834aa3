import queue
from queue import Queue, Empty

q = Queue()
q.put(1)
q.put("two")
print(q.qsize(), q.empty(), q.get(), q.get_nowait(), q.empty())
try:
    q.get_nowait()
except queue.Empty:
    print("empty")
try:
    q.get(timeout=0.02)
except Empty as e:
    print("still empty", repr(e))
small = queue.Queue(maxsize=1)
small.put("x")
print(small.full())
try:
    small.put("y", block=False)
except queue.Full:
    print("full")
lifo, prio = queue.LifoQueue(), queue.PriorityQueue()
for x in (3, 1, 2):
    lifo.put(x)
    prio.put((x, "n%d" % x))
print([lifo.get() for _ in range(3)], [prio.get() for _ in range(3)])
for _ in range(2):
    q.task_done()
q.join()
