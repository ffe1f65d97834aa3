x = 3
name = "wörld"
print(f"hello {name} {x:>4} {x!r} {name!r}")
for i, c in enumerate(name):
    if c == "r":
        continue
    print(i, c)
else:
    print("end")
with subtest("a"):
    y = machine.succeed("ls")
print(y.strip())
try:
    machine.succeed("false")
    z = 1
except Exception as e:
    print("caught", e)
    z = 2
print(z)
