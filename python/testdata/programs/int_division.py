for a in [7, -7]:
    for b in [2, -2, 3]:
        print(a // b, a % b, a / b, divmod(a, b))
print(7.5 // 2, -7.5 % 2, 2 ** 10, 2 ** -1, (-2) ** 3, 10 ** 20, 7 // 2.0)
