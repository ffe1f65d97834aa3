try:
    assert 1 == 2, "message"
except AssertionError as e:
    print("assert", e)
try:
    assert []
except AssertionError as e:
    print("empty", str(e) == "")
d = {}
assert True, d["never evaluated"]
assert (1, 2)
assert "a" in "abc", "x" + str(1)
