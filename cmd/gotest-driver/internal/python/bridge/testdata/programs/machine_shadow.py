machine = server
print(machine.name)
def f():
    machine = client
    return machine.name
print(f(), machine.name)
