out = machine.succeed("a b")
assert "ran a b" in out
assert "nope" not in out, out
try:
    assert "zzz" in out, f"output was {out!r}"
except AssertionError as e:
    print(e)
