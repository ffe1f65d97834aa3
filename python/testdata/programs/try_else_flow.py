def f(x):
    for i in range(3):
        try:
            y = 10 // (x - i)
        except ZeroDivisionError:
            print("zero at", i)
            break
        else:
            print("fine", y)
            if y < 0:
                return "negative"
    return "done"
print(f(1), f(5), f(0))
