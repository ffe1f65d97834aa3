for v in [0, 1, "", "a", [], [0], {}, {1: 2}, None, 0.0, (), (0,), set(), b"", b"a"]:
    print(bool(v), "yes" if v else "no", not v)
