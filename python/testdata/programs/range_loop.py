for i in range(3):
    print(i, end=" ")
print()
for i in range(10, 0, -3):
    print(i, end=",")
print(list(range(5))[::-1], len(range(10)), 3 in range(5), list(range(2, 4)), list(reversed(range(3))), range(5)[2])
