x = None
y = 0
print(x is None, x is not None, y is None, y is not None)
a = []
b = a
print(a is b, a is not b, [] is a, "s" is not None)
