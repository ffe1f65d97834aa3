x = 3
y = "s"
print(f"{x=} {y=} {x + 1=}")
