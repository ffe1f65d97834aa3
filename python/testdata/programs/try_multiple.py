def f(fn):
    try:
        return fn()
    except (KeyError, IndexError) as e:
        return "lookup " + type(e).__name__
    except ValueError:
        return "value"
    except Exception as e:
        return "other " + type(e).__name__ + " " + str(e)
print(f(lambda: {}["x"]), f(lambda: [][1]), f(lambda: int("q")), f(lambda: "a" + 1 if False else None.foo if False else 7), f(lambda: "abc"[10]))
def g():
    raise NotImplementedError("todo")
print(f(g))
