def f():
    try:
        print("a")
        return 1
    finally:
        print("b")
print(f())
try:
    try:
        raise ValueError("x")
    finally:
        print("cleanup")
except ValueError:
    print("done")
