try:
    try:
        raise ValueError("1")
    except ValueError:
        raise KeyError("2")
except KeyError as e:
    print("key", e)
