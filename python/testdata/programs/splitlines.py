print("a\nb\r\nc\rd".splitlines(), "a\n".splitlines(), "".splitlines(), "a\n\nb".splitlines(), "a\nb".splitlines(True), "x\x0by\x0cz".splitlines())
print("a\nb\n".split("\n"))
