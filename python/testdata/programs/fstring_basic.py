a = 5
b = "x"
print(f"{a} {b} {a!r} {b!r} {a + 1} {{literal}}")
print(f"{b}" f"-{a}")
