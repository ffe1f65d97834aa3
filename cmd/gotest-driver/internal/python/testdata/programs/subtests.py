start_all()
with subtest("outer"):
    with subtest("inner"):
        value = machine.succeed("id")
    print(value)
for name in ["a", "b"]:
    with subtest(f"test {name}"):
        print("in", name)
