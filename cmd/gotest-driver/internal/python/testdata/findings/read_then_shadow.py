print(machine.name)
for machine in machines:  # finds: assignment
    print(machine.name)
print(machine.name)
