items = []
items.append(1)
items.append("a")
items.append(2.5)
items.append([1])
for i in items:
    print(f"{i}", str(i), repr(i))
