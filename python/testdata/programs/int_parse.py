print(int(" 3\n"), int("-7"), int("+5"), int("0x1f", 16), int("ff", 16), int("0b11", 0), int("1_000"), int(3.9), int(-3.9), int(True))
for s in ["", "x", "1.5", "1 2"]:
    try:
        print(int(s))
    except ValueError as e:
        print("ValueError", e)
