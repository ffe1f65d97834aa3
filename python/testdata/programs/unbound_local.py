x = 1
def f():
    print(x)
    x = 2
try:
    f()
except UnboundLocalError:
    print("unbound")
try:
    print(undefined_later)
except NameError:
    print("name")
if False:
    undefined_later = 1
