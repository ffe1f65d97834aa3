print(machine.name)
for machine in machines:
    print(machine.name)
print(machine.name)
