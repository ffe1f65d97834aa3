#: start_join
import threading
results = []
def work(n, *, scale=1):
    results.append(n * scale)
ts = [threading.Thread(target=work, args=(i,), kwargs={"scale": 10}) for i in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(results), [t.is_alive() for t in ts])
#: subclass
import threading
class Worker(threading.Thread):
    def __init__(self, n):
        super().__init__(name=f"w{n}")
        self.n, self.result = n, None
    def run(self):
        self.result = self.n ** 2
ws = [Worker(i) for i in range(3)]
[w.start() for w in ws]
[w.join() for w in ws]
print([(w.name, w.result) for w in ws])
#: lock
from threading import Thread, Lock
import time
count = 0
lock = Lock()
def add():
    global count
    for _ in range(5):
        with lock:
            c = count
            time.sleep(0.0005)
            count = c + 1
ts = [Thread(target=add) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(count, lock.locked())
print(lock.acquire(), lock.acquire(blocking=False), lock.acquire(timeout=0.01), lock.locked())
lock.release()
try:
    lock.release()
except RuntimeError as e:
    print(e)
#: rlock
import threading
r = threading.RLock()
with r:
    with r:
        print("twice")
got = []
def other():
    got.append(r.acquire(timeout=0.01))
with r:
    t = threading.Thread(target=other)
    t.start()
    t.join()
print(got)
try:
    r.release()
except RuntimeError as e:
    print(e)
#: event
import threading
ready, done = threading.Event(), threading.Event()
log = []
def server():
    log.append("starting")
    ready.set()
    done.wait()
    log.append("stopped")
t = threading.Thread(target=server)
t.start()
ready.wait()
log.append("using")
print(ready.is_set(), done.is_set(), done.wait(0.01))
done.set()
t.join()
print(log)
ready.clear()
print(ready.is_set())
#: condition
import threading
items, cond, seen = [], threading.Condition(), []
def consumer():
    while True:
        with cond:
            while not items:
                cond.wait()
            x = items.pop(0)
        if x is None:
            return
        seen.append(x)
t = threading.Thread(target=consumer)
t.start()
for x in [1, 2, 3, None]:
    with cond:
        items.append(x)
        cond.notify()
t.join()
print(seen)
with cond:
    print(cond.wait(timeout=0.01), cond.wait_for(lambda: True))
try:
    cond.notify()
except RuntimeError as e:
    print(e)
#: semaphore
import threading, time
s = threading.Semaphore(2)
active, most = 0, 0
def job():
    global active, most
    with s:
        active += 1
        most = max(most, active)
        time.sleep(0.005)
        active -= 1
ts = [threading.Thread(target=job) for _ in range(5)]
for t in ts: t.start()
for t in ts: t.join()
print(most, active, s.acquire(blocking=False))
b = threading.BoundedSemaphore(1)
try:
    b.release()
except ValueError as e:
    print(e)
#: local_and_current
import threading
data = threading.local()
data.x = "main"
out = {}
def f(n):
    data.x = n
    out[threading.current_thread().name] = (data.x, hasattr(data, "y"))
ts = [threading.Thread(target=f, args=(i,), name=f"t{i}") for i in range(2)]
for t in ts: t.start()
for t in ts: t.join()
print(data.x, sorted(out.items()), threading.current_thread().name, threading.main_thread() is threading.current_thread(), threading.active_count())
#: barrier_timer
import threading
b = threading.Barrier(3)
order = []
def f():
    order.append("before")
    b.wait()
    order.append("after")
ts = [threading.Thread(target=f) for _ in range(2)]
for t in ts: t.start()
b.wait()
for t in ts: t.join()
print(order)
fired = []
t = threading.Timer(0.005, lambda: fired.append(1))
t.start()
t.join()
u = threading.Timer(60, print)
u.start()
u.cancel()
u.join()
print(fired)
#: exception_in_thread
import threading
def bad():
    raise ValueError("in thread")
t = threading.Thread(target=bad)
t.start()
t.join()
print("main goes on", t.is_alive())
#: not_joined
import threading, time
def late():
    time.sleep(0.005)
    state.append("late")
state = []
t = threading.Thread(target=late, daemon=True)
print(t.daemon, t.is_alive(), t.name.startswith("Thread-"))
t.start()
try:
    t.start()
except RuntimeError as e:
    print(e)
t.join(5)
print(state)
try:
    threading.Thread(target=late).join()
except RuntimeError as e:
    print(e)
#: executor
from concurrent.futures import ThreadPoolExecutor, as_completed
def sq(x):
    if x == 3:
        raise ValueError("three")
    return x * x
with ThreadPoolExecutor(max_workers=2) as ex:
    fs = {ex.submit(sq, i): i for i in range(5)}
    out = {}
    for f in as_completed(fs):
        try:
            out[fs[f]] = f.result()
        except ValueError as e:
            out[fs[f]] = str(e)
print(sorted(out.items()))
with ThreadPoolExecutor() as ex:
    print(list(ex.map(lambda a, b: a + b, [1, 2], [10, 20])), ex.submit(pow, 2, 5).result(timeout=5))
    f = ex.submit(sq, 3)
    print(repr(f.exception()), f.done())
#: futures_module
import concurrent.futures
ex = concurrent.futures.ThreadPoolExecutor(3)
fs = [ex.submit(lambda n=n: n + 1) for n in range(3)]
done, pending = concurrent.futures.wait(fs)
print(len(pending))
print(sorted(f.result() for f in done))
ex.shutdown(wait=True)
try:
    ex.submit(print)
except RuntimeError as e:
    print(e)
#: machines_at_once
import threading
outs = {}
def run(m, cmd):
    outs[m.name] = m.succeed(cmd)
ts = [threading.Thread(target=run, args=(m, f"echo {m.name}")) for m in machines]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(outs.items()))
#: queue_between
import threading, queue
q = queue.Queue(maxsize=2)
got = []
def consumer():
    while (x := q.get()) is not None:
        got.append(x)
        q.task_done()
t = threading.Thread(target=consumer)
t.start()
for i in range(5):
    q.put(i)
q.put(None)
t.join()
print(got, q.empty())
#: generator_across_threads
import threading
def g():
    for i in range(3):
        yield i
it = g()
out = [next(it)]
t = threading.Thread(target=lambda: out.append(next(it)))
t.start()
t.join()
out.append(next(it))
print(out)
