def outer(x):
    y = x * 2
    def middle():
        def inner():
            return x + y
        return inner()
    return middle()
print(outer(3))
def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)
print(fact(20), fact(30))
