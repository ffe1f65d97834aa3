#: flow
def f(n):
    try:
        if n == 0: raise ValueError("v")
        if n == 1: return "ret"
        if n == 2: {}["k"]
        x = n
    except ValueError as e:
        return f"caught {e}"
    except (KeyError, IndexError) as e:
        return f"look {e!r}"
    else:
        return f"else {x}"
    finally:
        print("finally", n)
print([f(i) for i in range(4)])
#: finally_override
def f():
    try:
        return "try"
    finally:
        return "finally"
def g():
    for i in range(3):
        try:
            continue
        finally:
            print("f", i)
            if i == 1:
                break
    return i
def h():
    try:
        1 / 0
    finally:
        return "swallowed"
print(f(), g(), h())
#: finally_order
def f():
    try:
        try:
            print("a")
            raise KeyError("k")
        finally:
            print("b")
    except KeyError:
        print("c")
        return "d"
    finally:
        print("e")
print(f())
#: return_value_frozen
def f():
    x = 1
    try:
        return x
    finally:
        x = 2
print(f())
#: reraise
def f():
    try:
        raise ValueError("orig")
    except ValueError:
        print("log")
        raise
try:
    f()
except ValueError as e:
    print("outer", e)
#: raise_class
for x in [ValueError, ValueError(), ValueError("a"), ValueError("a", 1), KeyError("k"), KeyError(5), OSError(2, "No such"), StopIteration(3), RuntimeError(["l"])]:
    try:
        raise x
    except Exception as e:
        print(type(e).__name__, str(e), repr(e), e.args)
#: except_order
for exc in [KeyError, IndexError, OSError, FileNotFoundError, ValueError, ArithmeticError]:
    try:
        raise exc("m")
    except LookupError as e:
        print("lookup", repr(e))
    except FileNotFoundError as e:
        print("fnf", e)
    except OSError as e:
        print("os", e)
    except Exception as e:
        print("exc", type(e).__name__)
#: nested_handlers
try:
    try:
        raise KeyError("a")
    except KeyError:
        try:
            raise IndexError("b")
        except IndexError as i:
            print("inner", i)
        raise
except KeyError as k:
    print("outer", k)
#: custom_hierarchy
class Base(Exception): pass
class Sub(Base):
    def __str__(self): return "sub:" + str(self.args)
for c in (Base, Sub):
    try:
        raise c("x", 1)
    except Base as e:
        print(type(e).__name__, e, repr(e), issubclass(type(e), Base))
#: bare_except
try:
    raise SystemExit(3)
except:
    print("bare")
try:
    raise KeyboardInterrupt
except Exception:
    print("no")
except BaseException as e:
    print("base", type(e).__name__, repr(e))
#: else_clause
for v in ["1", "x"]:
    try:
        n = int(v)
    except ValueError:
        print("bad")
    else:
        print("good", n)
    finally:
        print("done")
#: loop_try
results = []
for v in [1, 0, "a", 2]:
    try:
        results.append(10 / v)
    except ZeroDivisionError:
        results.append("zero")
        continue
    except TypeError:
        break
    else:
        results.append("ok")
print(results)
#: exit_codes
import sys
try:
    sys.exit("message")
except SystemExit as e:
    print(e.code, e)
try:
    sys.exit()
except SystemExit as e:
    print(e.code)
#: assert_msg
try:
    assert 1 == 2, "one is not two"
except AssertionError as e:
    print(e)
x = 5
try:
    assert x > 10, f"{x=} too small"
except AssertionError as e:
    print(e)
try:
    assert False
except AssertionError as e:
    print(repr(str(e)), e.args)
#: suppress_
from contextlib import suppress
with suppress(KeyError, ValueError):
    print("a")
    {}["x"]
    print("never")
print("b")
#: contextmanager_
from contextlib import contextmanager
@contextmanager
def cm(name):
    print("enter", name)
    try:
        yield name.upper()
    except ValueError as e:
        print("handled", e)
    finally:
        print("exit", name)
with cm("a") as x:
    print(x)
with cm("b"):
    raise ValueError("oops")
try:
    with cm("c"):
        raise KeyError("k")
except KeyError as e:
    print("out", e)
def f():
    with cm("d") as v:
        return v
print(f())
#: contextmanager_flow
from contextlib import contextmanager
@contextmanager
def loopcm():
    print("in")
    yield
    print("out")
for i in range(4):
    with loopcm():
        if i == 0: continue
        if i == 2: break
        print(i)
#: exitstack_
from contextlib import ExitStack, contextmanager, nullcontext, closing
@contextmanager
def c(n):
    print("+", n)
    yield n
    print("-", n)
with ExitStack() as st:
    xs = [st.enter_context(c(i)) for i in range(2)]
    st.callback(print, "cb")
    print(xs)
with nullcontext(5) as v:
    print(v)
#: exception_notes
try:
    raise ValueError("a")
except ValueError as e:
    e.add_note("note")
    print(e.__notes__)
#: exception_attrs
try:
    open("/nonexistent/file")
except FileNotFoundError as e:
    print(e.errno, e.strerror, e.filename, e)
except OSError:
    print("no")
#: exception_group_simple
errors = []
for f in [lambda: 1 / 0, lambda: [][1], lambda: None]:
    try:
        f()
    except Exception as e:
        errors.append(e)
print([type(e).__name__ for e in errors], errors)
#: raise_in_except_var
def f():
    try:
        raise ValueError("a")
    except ValueError as e:
        saved = e
    return saved
print(repr(f()))
#: try_scope
def f():
    try:
        x = 1
        y = 2
        raise KeyError
    except KeyError:
        x += 10
    return x, y
print(f())
#: exc_equality
a = ValueError("x")
print(a == a, a == ValueError("x"), isinstance(a, (KeyError, ValueError)), bool(a))
#: exception_in_loop_iter
def gen():
    yield 1
    raise ValueError("gen broke")
try:
    for x in gen():
        print(x)
except ValueError as e:
    print(e)
#: exception_in_comp
try:
    [10 // x for x in [5, 0]]
except ZeroDivisionError as e:
    print("comp", e)
try:
    sorted([1, 2], key=lambda v: v / 0)
except ZeroDivisionError as e:
    print("sort", e)
try:
    list(map(int, ["1", "b"]))
except ValueError as e:
    print(e)
#: uncaught_custom
class Bad(RuntimeError): pass
print("before")
raise Bad("fatal")
#: uncaught_in_with
from contextlib import contextmanager
@contextmanager
def c():
    try:
        yield
    finally:
        print("cleanup")
with c():
    raise KeyError("boom")
#: uncaught_assert_in_func
def check(v):
    assert v == 3, f"got {v}"
check(3)
check(4)
#: subtest_try
with subtest("a"):
    try:
        raise ValueError("x")
    except ValueError as e:
        print("in subtest", e)
#: exception_str_special
print(str(KeyError("a")), str(KeyError()), str(KeyError("a", "b")), str(ValueError(None)), str(ValueError(("t",))), str(OSError(1, "x")), str(OSError("x")), repr(OSError(1, "x")), str(OSError(2, "nf", "file")))
#: raise_non_exception
try:
    raise "string"
except TypeError as e:
    print(e)
#: timeout_hier
print(issubclass(TimeoutError, OSError), issubclass(KeyError, LookupError), issubclass(FileNotFoundError, OSError), issubclass(ZeroDivisionError, ArithmeticError), issubclass(RecursionError, RuntimeError), issubclass(ConnectionRefusedError, ConnectionError), issubclass(UnicodeDecodeError, ValueError), IOError is OSError)
#: stop_iteration_value
def g():
    yield 1
    return "result"
it = g()
print(next(it))
try:
    next(it)
except StopIteration as e:
    print("stop", e.value)
#: except_var_gone
e = "before"
try:
    raise ValueError("x")
except ValueError as e:
    pass
try:
    print(e)
except NameError as n:
    print(n)
#: except_var_again
def f(fail):
    e = "first"
    try:
        if fail:
            raise ValueError("x")
    except ValueError as e:
        print("caught", e)
    try:
        print(e)
    except NameError as n:
        print(type(n).__name__ in ("NameError", "UnboundLocalError"))
f(False)
f(True)
#: names_in_dicts
class A:
    def __init__(self): self.__x = 1
class B(A):
    def __init__(self):
        super().__init__()
        self.__x = 2
    def show(self): return f"{self.__x} {sorted(vars(self))}"
print(B().show())
