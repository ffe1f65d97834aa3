def f():
    try:
        raise ValueError("original")
    except ValueError:
        print("handling")
        raise
try:
    f()
except ValueError as e:
    print("again", e)
try:
    try:
        machine.succeed("false")
    except Exception as e:
        raise RuntimeError("wrapped") from e
except RuntimeError as e:
    print(e)
