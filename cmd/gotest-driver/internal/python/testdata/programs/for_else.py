for x in [1, 2, 3]:
    if x == 5:
        break
else:
    print("no break")
for x in [1, 2, 3]:
    if x == 2:
        print("found")
        break
else:
    print("not printed")
def find(l, v):
    for i, x in enumerate(l):
        if x == v:
            return i
    else:
        return -1
print(find([1, 2], 2), find([1], 9))
