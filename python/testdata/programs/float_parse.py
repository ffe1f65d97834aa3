print(float(" 1.5\n"), float("1e3"), float("-2"), float(3), float("1_0.5"))
try:
    float("abc")
except ValueError as e:
    print(e)
