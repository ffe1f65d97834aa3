import _thread
import time

TIMEOUT_MAX = 9223372036.0
_state = {"count": 0, "main": None, "alive": []}


class Thread:
    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        if name is None:
            _state["count"] += 1
            name = f"Thread-{_state['count']}"
            if target is not None:
                name += f" ({getattr(target, '__name__', 'function')})"
        self.name = name
        self._target = target
        self._args = tuple(args)
        self._kwargs = dict(kwargs or {})
        self.daemon = current_thread().daemon if daemon is None else daemon
        self.ident = None
        self._handle = None

    def run(self):
        if self._target is not None:
            self._target(*self._args, **self._kwargs)

    def _bootstrap(self):
        _thread.locals()["thread"] = self
        self.ident = _thread.ident()
        try:
            self.run()
        finally:
            _state["alive"].remove(self)

    def start(self):
        if self._handle is not None:
            raise RuntimeError("threads can only be started once")
        _state["alive"].append(self)
        self._handle = _thread.start(self._bootstrap, self.name, self.daemon)

    def join(self, timeout=None):
        if self._handle is None:
            raise RuntimeError("cannot join thread before it is started")
        if self is current_thread():
            raise RuntimeError("cannot join current thread")
        self._handle.wait(timeout)

    def is_alive(self):
        return self._handle is not None and not self._handle.ended()

    def getName(self):
        return self.name

    def setName(self, name):
        self.name = name

    def isDaemon(self):
        return self.daemon

    def setDaemon(self, daemon):
        self.daemon = daemon

    def __repr__(self):
        status = "initial" if self._handle is None else "started" if self.is_alive() else "stopped"
        return f"<{type(self).__name__}({self.name}, {status})>"


class _MainThread(Thread):
    def __init__(self):
        self.name = "MainThread"
        self.daemon = False
        self.ident = _thread.ident()

    def is_alive(self):
        return True


class Timer(Thread):
    def __init__(self, interval, function, args=None, kwargs=None):
        super().__init__()
        self.interval = interval
        self.function = function
        self.args = args or []
        self.kwargs = kwargs or {}
        self.finished = Event()

    def cancel(self):
        self.finished.set()

    def run(self):
        self.finished.wait(self.interval)
        if not self.finished.is_set():
            self.function(*self.args, **self.kwargs)
        self.finished.set()


def current_thread():
    thread = _thread.locals().get("thread")
    if thread is None:
        if _state["main"] is None:
            _state["main"] = _MainThread()
        thread = _state["main"]
    return thread


def main_thread():
    return _state["main"] or current_thread()


def get_ident():
    return _thread.ident()


def get_native_id():
    return _thread.ident()


def active_count():
    return len(_state["alive"]) + 1


def enumerate():
    return [main_thread(), *_state["alive"]]


def currentThread():
    return current_thread()


class local:
    def __getattr__(self, name):
        values = _thread.locals().get(self, {})
        if name not in values:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return values[name]

    def __setattr__(self, name, value):
        _thread.locals().setdefault(self, {})[name] = value

    def __delattr__(self, name):
        del _thread.locals().setdefault(self, {})[name]


def Lock():
    return _thread.lock()


class RLock:
    def __init__(self):
        self._lock = _thread.lock()
        self._owner = None
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        me = _thread.ident()
        if self._owner == me:
            self._count += 1
            return True
        if not self._lock.acquire(blocking, timeout):
            return False
        self._owner = me
        self._count = 1
        return True

    def release(self):
        if self._owner != _thread.ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if self._count == 0:
            self._owner = None
            self._lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, value, trace):
        self.release()

    def _release_all(self):
        count, self._count, self._owner = self._count, 0, None
        self._lock.release()
        return count

    def _acquire_again(self, count):
        self._lock.acquire()
        self._owner, self._count = _thread.ident(), count

    def _is_owned(self):
        return self._owner == _thread.ident()


class Condition:
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self._waiters = []

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        self._lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, value, trace):
        self.release()

    def _is_owned(self):
        if isinstance(self._lock, RLock):
            return self._lock._is_owned()
        return self._lock.locked()

    def wait(self, timeout=None):
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        waiter = _thread.lock()
        waiter.acquire()
        self._waiters.append(waiter)
        count = None
        if isinstance(self._lock, RLock):
            count = self._lock._release_all()
        else:
            self._lock.release()
        try:
            got = waiter.acquire(True, -1 if timeout is None else max(timeout, 0))
            if not got and waiter in self._waiters:
                self._waiters.remove(waiter)
        finally:
            if count is None:
                self._lock.acquire()
            else:
                self._lock._acquire_again(count)
        return got

    def wait_for(self, predicate, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        result = predicate()
        while not result:
            left = None
            if end is not None:
                left = end - time.monotonic()
                if left <= 0:
                    break
            self.wait(left)
            result = predicate()
        return result

    def notify(self, n=1):
        if not self._is_owned():
            raise RuntimeError("cannot notify on un-acquired lock")
        for waiter in self._waiters[:n]:
            self._waiters.remove(waiter)
            waiter.release()

    def notify_all(self):
        self.notify(len(self._waiters))

    def notifyAll(self):
        self.notify_all()


class Event:
    def __init__(self):
        self._cond = Condition(_thread.lock())
        self._flag = False

    def is_set(self):
        return self._flag

    def isSet(self):
        return self._flag

    def set(self):
        with self._cond:
            self._flag = True
            self._cond.notify_all()

    def clear(self):
        with self._cond:
            self._flag = False

    def wait(self, timeout=None):
        with self._cond:
            if not self._flag:
                self._cond.wait(timeout)
            return self._flag


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._cond = Condition(_thread.lock())
        self._value = value

    def acquire(self, blocking=True, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        with self._cond:
            while self._value == 0:
                left = None
                if end is not None:
                    left = end - time.monotonic()
                if not blocking or left is not None and left <= 0:
                    return False
                self._cond.wait(left)
            self._value -= 1
        return True

    def release(self, n=1):
        with self._cond:
            self._value += n
            self._cond.notify(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, value, trace):
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._initial = value

    def release(self, n=1):
        if self._value + n > self._initial:
            raise ValueError("Semaphore released too many times")
        super().release(n)


class BrokenBarrierError(RuntimeError):
    pass


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        self.parties = parties
        self.n_waiting = 0
        self.broken = False
        self._action = action
        self._timeout = timeout
        self._round = 0
        self._cond = Condition(_thread.lock())

    def wait(self, timeout=None):
        with self._cond:
            if self.broken:
                raise BrokenBarrierError()
            index, turn = self.n_waiting, self._round
            self.n_waiting += 1
            if self.n_waiting == self.parties:
                if self._action is not None:
                    self._action()
                self.n_waiting = 0
                self._round += 1
                self._cond.notify_all()
                return index
            limit = self._timeout if timeout is None else timeout
            if not self._cond.wait_for(lambda: self._round != turn or self.broken, limit):
                self.broken = True
                self._cond.notify_all()
            if self.broken:
                raise BrokenBarrierError()
            return index

    def abort(self):
        with self._cond:
            self.broken = True
            self._cond.notify_all()
