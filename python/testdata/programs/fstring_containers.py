l = [1, "a", None, True, 2.5]
print(f"{l} {tuple(l)} { {'k': 'v'} } {set([1])}")
