class Scope:
    def __init__(self, name):
        self.name = name
    def __enter__(self):
        print("enter", self.name)
        return self
    def __exit__(self, a, b, c):
        print("exit", self.name, a is not None)
        return self.name == "swallow"
with Scope("one") as s:
    print(s.name)
with Scope("swallow"):
    raise ValueError("gone")
def f():
    with Scope("ret"):
        return "value"
print(f())
for i in range(3):
    with Scope(str(i)):
        if i == 1:
            break
try:
    with Scope("err"):
        raise KeyError("k")
except KeyError:
    print("propagated")
