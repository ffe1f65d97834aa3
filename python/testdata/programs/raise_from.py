def load(k):
    try:
        if k == 0:
            raise KeyError("key")
        if k == 1:
            1 / 0
        raise ValueError("v")
    except (KeyError, ZeroDivisionError) as e:
        raise RuntimeError(f"wrapped {k}") from e
    except ValueError:
        raise RuntimeError("plain") from None


for k in range(3):
    try:
        load(k)
    except RuntimeError as e:
        print(e, repr(e.__cause__), type(e.__cause__).__name__, e.__cause__ is None)

try:
    raise ValueError("x") from KeyError
except ValueError as e:
    print(repr(e.__cause__))

try:
    raise ValueError("x") from "text"
except TypeError as e:
    print(e)
