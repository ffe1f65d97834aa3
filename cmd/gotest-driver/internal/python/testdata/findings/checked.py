machine.wait_for_unit("a.service", timeouts=3)  # finds: unknown-argument
status, out = machine.succeed("id")  # finds: unpack-count
(1, 2).index(2)  # finds: unknown-attribute
print(undefined_helper(3))  # finds: undefined-name
print(max([1], default=0))  # finds: unknown-argument
print("x", end="")  # finds: unknown-argument
