import time

start = time.time()
machine.succeed(f"date -d @{start}", "truncate -s " + str(2 * 1e6))  # finds: text-form text-form
command = "%s" % start + "{}".format(start) + str(time.time())  # finds: text-form text-form text-form
command = "%g" % 1 + "%r" % "a" + repr(start) + f"{start=}"  # finds: format-spec format-spec text-form text-form
command = "{}{}".format(*[start]) + "{a}".format(**{"a": start})  # finds: text-form text-form
command = ",".join(map(str, [0.5, 1])) + ",".join(str(x / 2) for x in [1])  # finds: text-form text-form


def half(of):
    return of / 2


for unit in machines:
    command = f"{half(unit.size)} {unit.size * 0.5} {abs(0.5)} {sum([0.5])}"  # finds: text-form text-form text-form text-form
sizes = {}
print("yes" if f"{5:02}" == "05" else "no", sizes.get(f"{5:02}"), len(f"{5:02}"))  # finds: format-spec format-spec format-spec
print(len(str(["a"])), str(["a"]) == "['a']", "a" in f"{['a']}")  # finds: text-form text-form text-form
print(str(["a"]) + f"{0.5:.2f}" + "%s %s" % (f"{5:02}", start) + "{}".format(["a"]))
some = b"ab"
print(some[0], [n for n in some], list(some), max(some))  # finds: bytes bytes bytes bytes
print(str(some), f"{some}", "%s" % some, "{}".format(some))  # finds: text-form text-form text-form text-form
for n in some:  # finds: bytes
    print(n)
