b = b"ab\x00\xff"
print(b, len(b), b[0], b[1:3], list(b))
print("hé".encode(), b"h\xc3\xa9".decode(), b"a,b".split(b","), b"x" + b"y")
print(b"abc".hex(), b" a ".strip(), b"abc".startswith(b"a"))
