x = 5
print(1 < x < 10, 1 < x > 3, 1 < x < 3, 1 == 1 == 1, "a" < "b" <= "b")
def f():
    print("called")
    return 5
print(1 < f() < 10, 10 < f() < 20, 1 <= f() <= f())
