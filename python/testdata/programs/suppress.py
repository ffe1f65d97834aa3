from contextlib import suppress
with suppress(KeyError):
    {}["x"]
    print("no")
with suppress(ValueError, KeyError):
    y = 1
print(y)
