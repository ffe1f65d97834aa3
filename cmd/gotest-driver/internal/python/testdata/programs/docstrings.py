"""Module docstring."""
def f():
    """Doc."""
    return 1
def g():
    """Only doc."""
print(f(), g())
