out = machine.succeed("uname")
print(out.strip(), out.splitlines(), out)
status, output = machine.execute("ls")
print(status, output.rstrip())
code, _ = machine.execute("false")
assert code != 0
for m in machines:
    print(m.name, m.succeed(f"echo {m.name}"))
