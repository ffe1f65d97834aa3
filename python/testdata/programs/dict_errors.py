d = {"a": 1}
for k in ["a", "b", 3]:
    try:
        print(d[k])
    except KeyError as e:
        print("KeyError", e, repr(e))
try:
    d.pop("zz")
except KeyError:
    print("pop")
