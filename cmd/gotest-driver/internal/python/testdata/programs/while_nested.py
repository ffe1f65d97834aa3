i = 0
while i < 3:
    j = 0
    while True:
        if j >= i:
            break
        print(i, j)
        j += 1
    i += 1
