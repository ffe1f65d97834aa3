print("{} {} {}".format(1, "a", [1, "b"]), "{0}{1}{0}".format("x", "y"), "{a}-{b!r}".format(a=1, b="s"), "{:>5}|{:<5}|{:^5}".format(1, 2, 3))
print("{{}}".format(), "{:.3f}".format(2.0), "{x[0]} {y[k]}".format(x=[7], y={"k": 8}), "{:,}".format(1000000))
