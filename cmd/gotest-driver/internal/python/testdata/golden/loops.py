import time

found = []
for line in machine.succeed("ls").splitlines():
    if not line:
        continue
    found.append(line)
else:
    print("all lines")

tries = 0
while tries < 5:
    if machine.execute("test -e /ready")[0] == 0:
        break
    tries += 1
    time.sleep(0.5)
else:
    raise Exception(f"not ready after {tries} tries")

while (status := machine.execute("true")[0]) != 0:
    print(status)

found.sort(key=len, reverse=True)
first, *rest = found
*most, last = machine.succeed("ls").split()
sizes = {}
for name in sizes:
    sizes[name] = 0
total = sum(sizes.values())
lines = sum(1 for l in found if l)
big = sum(int(s) for s in machine.succeed("cat /sizes").split())
del sizes["a"]
a = b = 1
started = time.monotonic()
