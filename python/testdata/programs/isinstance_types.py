for v in [1, "s", 1.5, None, [], {}, (), True, b"b", set()]:
    print(isinstance(v, int), isinstance(v, str), isinstance(v, (list, tuple)), isinstance(v, dict), isinstance(v, bool), type(v).__name__)
print(type(1) == int, type("a") is str, type([]) == list, callable(len), callable(1))
