def f(a, b):
    return a // b
print(1 // 0.1, 1.0 // 0.1, -1 // 0.1, 7.5 // -2, f(1, 0.1), f(7, 2), f(-7, 2), divmod(1, 0.1), 1e300 // 1e-10)
x = 1
x //= 0.1
print(x, 0.3 // 0.1, 0.0 // 3, -0.5 // 3)
try:
    print(1.0 // 0)
except ZeroDivisionError:
    print("zero")
