for i in range(3):
    pass
print(i)
for k, (a, b) in {"x": (1, 2)}.items():
    print(k, a, b)
print(k, a)
