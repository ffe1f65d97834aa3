try:
    print("body")
    raise ValueError("bad")
except ValueError as e:
    print("caught", e, type(e).__name__)
try:
    pass
except Exception:
    print("never")
else:
    print("else")
finally:
    print("finally")
