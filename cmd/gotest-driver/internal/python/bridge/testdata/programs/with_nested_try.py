with subtest("s"):
    try:
        x = machine.succeed("false")
    except Exception:
        x = "fallback"
    print(x)
print(x)
