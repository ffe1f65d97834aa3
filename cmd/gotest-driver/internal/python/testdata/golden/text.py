name, port = "web", 80
print(f"{name}: {port:>5}", f'{name}', f"{{literal}} {port}")
print("a" "b" 'c', "%s has %d" % (name, port), "{} and {}".format(name, port))
command = (
    "systemctl "
    f"restart {name} && "
    "systemctl is-active " + name
)
machine.succeed(command)
machine.succeed(
    f"curl http://localhost:{port}/"  # the front page
    " | grep title"
)
flags = f"{port:x} {port:d} {hex(port)}"
print(flags.casefold(), flags.isdecimal(), r"\d+", "\101", sep=", ", flush=True)
for letter in "abc":
    print(letter, ord(letter))
x, y = "ab"
data = b"\x00\xff" + name.encode("utf-8")
print(data.decode(), str(port), repr(port), f"{port=} {name!r}")
