with subtest("a"):
    try:
        raise ValueError("x")
    except ValueError as e:
        print("in subtest", e)
