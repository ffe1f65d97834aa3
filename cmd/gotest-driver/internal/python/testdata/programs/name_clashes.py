list_ = [1]
type = "kind"
str_value = "s"
id = 5
load = "loaded"
input = "i"
print(type, id, load, input, f"{type} {[1]}", str(3.5))
def f(load=1, py=2):
    return load + py
print(f(load=5), f(py=3))
