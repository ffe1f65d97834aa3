def f():
    total = 0
    result = None
    for i in range(4):
        try:
            if i == 2:
                raise ValueError(i)
            total += i
            result = i
        except ValueError as e:
            total += 100
    return total, result
print(f())
