def f(k):
    try:
        try:
            if k == 0:
                raise KeyError("k")
            if k == 1:
                raise ValueError("v")
            return "returned"
        except KeyError:
            print("inner")
            raise RuntimeError("from inner")
        finally:
            print("inner finally")
    except RuntimeError as e:
        print("outer", e)
        return "outer"
    except ValueError as e:
        print("value", e)
    return "end"
print(f(0), f(1), f(2))
