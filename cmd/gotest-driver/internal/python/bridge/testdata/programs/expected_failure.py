try:
    machine.succeed("false")
    raise AssertionError("should have failed")
except AssertionError:
    raise
except Exception as e:
    print("failed as expected")
