def f():
    pass
def g(x=None):
    if x is None:
        x = []
    x.append(1)
    return x
print(f(), g(), g([0]), str(None), f"{None}", None == None, [None] * 2)
