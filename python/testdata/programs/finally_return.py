def f():
    for i in range(3):
        try:
            if i == 1:
                return i
        finally:
            print("f", i)
print(f())
