import threading
import time
import types
from collections import namedtuple


_Done = namedtuple("DoneAndNotDoneFutures", "done not_done")


class CancelledError(Exception):
    pass


class InvalidStateError(Exception):
    pass


class Future:
    def __init__(self):
        self._done = threading.Event()
        self._state = "PENDING"
        self._result = None
        self._exception = None
        self._callbacks = []

    def done(self):
        return self._state in ("FINISHED", "CANCELLED")

    def running(self):
        return self._state == "RUNNING"

    def cancelled(self):
        return self._state == "CANCELLED"

    def cancel(self):
        if self._state == "PENDING":
            self._end("CANCELLED")
        return self._state == "CANCELLED"

    def _end(self, state):
        self._state = state
        self._done.set()
        for fn in self._callbacks:
            fn(self)

    def set_result(self, result):
        self._result = result
        self._end("FINISHED")

    def set_exception(self, exception):
        self._exception = exception
        self._end("FINISHED")

    def add_done_callback(self, fn):
        if self.done():
            fn(self)
        else:
            self._callbacks.append(fn)

    def _wait(self, timeout):
        if not self._done.wait(timeout):
            raise TimeoutError()
        if self._state == "CANCELLED":
            raise CancelledError()

    def result(self, timeout=None):
        self._wait(timeout)
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self, timeout=None):
        self._wait(timeout)
        return self._exception


class ThreadPoolExecutor:
    def __init__(self, max_workers=None, thread_name_prefix="", initializer=None, initargs=()):
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        self._most = max_workers or 8
        self._prefix = thread_name_prefix or "ThreadPoolExecutor-0"
        self._initializer = initializer
        self._initargs = initargs
        self._threads = []
        self._work = []
        self._idle = 0
        self._cond = threading.Condition(threading.Lock())
        self._closed = False

    def submit(self, fn, *args, **kwargs):
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future = Future()
        with self._cond:
            self._work.append((future, fn, args, kwargs))
            self._cond.notify()
        if len(self._work) > self._idle and len(self._threads) < self._most:
            thread = threading.Thread(target=self._worker, name=f"{self._prefix}_{len(self._threads)}", daemon=False)
            self._threads.append(thread)
            thread.start()
        return future

    def _worker(self):
        if self._initializer is not None:
            self._initializer(*self._initargs)
        while True:
            with self._cond:
                self._idle += 1
                while not self._work and not self._closed:
                    self._cond.wait()
                self._idle -= 1
                if not self._work:
                    return
                future, fn, args, kwargs = self._work.pop(0)
            if future.cancelled():
                continue
            future._state = "RUNNING"
            try:
                result = fn(*args, **kwargs)
            except BaseException as e:
                future.set_exception(e)
            else:
                future.set_result(result)

    def map(self, fn, *iterables, timeout=None, chunksize=1):
        futures = [self.submit(fn, *args) for args in zip(*iterables)]
        return _results(futures, timeout)

    def shutdown(self, wait=True, *, cancel_futures=False):
        with self._cond:
            self._closed = True
            if cancel_futures:
                for future, _, _, _ in self._work:
                    future.cancel()
            self._cond.notify_all()
        if wait:
            for thread in self._threads:
                thread.join()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.shutdown()


def _results(futures, timeout):
    for future in futures:
        yield future.result(timeout)


def as_completed(fs, timeout=None):
    left = list(fs)
    changed = threading.Event()
    for future in left:
        future.add_done_callback(lambda _: changed.set())
    end = None if timeout is None else time.monotonic() + timeout
    while left:
        changed.clear()
        done = [f for f in left if f.done()]
        for future in done:
            left.remove(future)
            yield future
        if left and not done and not changed.wait(None if end is None else max(0, end - time.monotonic())):
            raise TimeoutError(f"{len(left)} (of {len(fs)}) futures unfinished")


def wait(fs, timeout=None, return_when="ALL_COMPLETED"):
    fs = list(fs)
    changed = threading.Event()
    for future in fs:
        future.add_done_callback(lambda _: changed.set())
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        changed.clear()
        done = [f for f in fs if f.done()]
        if len(done) == len(fs):
            break
        if return_when == "FIRST_COMPLETED" and done:
            break
        if return_when == "FIRST_EXCEPTION" and [f for f in done if not f.cancelled() and f.exception() is not None]:
            break
        if not changed.wait(None if end is None else max(0, end - time.monotonic())):
            break
    return _Done(set([f for f in fs if f.done()]), set([f for f in fs if not f.done()]))


futures = types.SimpleNamespace(
    Future=Future,
    ThreadPoolExecutor=ThreadPoolExecutor,
    CancelledError=CancelledError,
    InvalidStateError=InvalidStateError,
    TimeoutError=TimeoutError,
    as_completed=as_completed,
    wait=wait,
    ALL_COMPLETED="ALL_COMPLETED",
    FIRST_COMPLETED="FIRST_COMPLETED",
    FIRST_EXCEPTION="FIRST_EXCEPTION",
)
