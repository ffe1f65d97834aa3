try:
    a = 1
    b = int("x")
    c = 3
except ValueError:
    b = -1
print(a, b)
try:
    print(c)
except NameError as e:
    print("unset")
