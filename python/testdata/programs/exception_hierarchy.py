for e in [KeyError("k"), IndexError("i"), ValueError("v"), FileNotFoundError("f"), AssertionError("a"), RuntimeError("r"), TimeoutError("t")]:
    try:
        raise e
    except LookupError as x:
        print("lookup", x)
    except (OSError, ValueError) as x:
        print("os or value", x)
    except Exception as x:
        print("other", x, repr(x), x.args)
print(isinstance(KeyError("a"), LookupError), issubclass(KeyError, Exception), str(Exception()), str(Exception("a", 1)))
