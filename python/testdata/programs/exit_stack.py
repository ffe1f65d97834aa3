from contextlib import ExitStack, contextmanager
@contextmanager
def ctx(n):
    print("enter", n)
    yield n
    print("exit", n)
with ExitStack() as stack:
    xs = [stack.enter_context(ctx(i)) for i in range(2)]
    stack.callback(lambda: print("cb"))
    print(xs)
class Swallow:
    def __enter__(self): return self
    def __exit__(self, t, v, tb):
        print("swallow", v); return True
class Res:
    def close(self): print("closed")
with ExitStack() as stack:
    stack.enter_context(ctx(7))
    stack.enter_context(Swallow())
    raise ValueError("boo")
try:
    with ExitStack() as stack:
        stack.callback(print, "cb", sep="")
        raise KeyError("k")
except KeyError as e:
    print("out", e)
stack = ExitStack(); stack.callback(lambda: print("bye")); stack.close()
from contextlib import closing
with closing(Res()) as r: print("in")
