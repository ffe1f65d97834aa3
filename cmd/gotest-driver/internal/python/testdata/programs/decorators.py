def twice(fn):
    def wrapper(*args, **kwargs):
        fn(*args, **kwargs)
        return fn(*args, **kwargs)
    return wrapper
@twice
def hello(name):
    print("hello", name)
    return 5
print(hello("x"))
def repeat(n):
    def deco(fn):
        def w():
            for _ in range(n):
                fn()
        return w
    return deco
@repeat(2)
def hi():
    print("hi")
hi()
