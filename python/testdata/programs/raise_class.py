try:
    raise ValueError
except ValueError as e:
    print("class", repr(e), str(e) == "")
try:
    raise Exception("a", "b")
except Exception as e:
    print(e.args, e)
