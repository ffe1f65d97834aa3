#: uncaught_assert_in_func
def check(v):
    assert v == 3, f"got {v}"
check(3)
check(4)
