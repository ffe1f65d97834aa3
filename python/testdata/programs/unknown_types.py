def show(x):
    print(x, len(x), x[0], x[1:], x * 2)
show("añb")
show([1, 2])
def add(a, b):
    return a + b
print(add(1, 2), add("a", "b"), add([1], [2]), add(1.5, 2))
