for f in [1.0, 0.1, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 1.5e300, -0.0, 100.0, 3.0e10, 2.0 ** 53]:
    print(f, repr(f), str(f))
print(float("inf"), float("-inf"), float("nan"))
