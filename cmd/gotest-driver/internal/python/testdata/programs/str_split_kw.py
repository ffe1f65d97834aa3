print("a b c".split(maxsplit=1), "a,b,c".split(",", maxsplit=1), "a,b,c".split(sep=","), "a,b".rsplit(sep=",", maxsplit=1))
