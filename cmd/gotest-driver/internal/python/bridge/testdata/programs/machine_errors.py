try:
    server.succeed("false one")
    print("unreachable")
except AssertionError as e:
    print("assertion", e)
def attempt():
    try:
        client.succeed("false")
    except Exception as e:
        return f"failed: {e}"
    return "ok"
print(attempt())
