s = "  Hello World  "
print(s.strip(), s.lower(), s.upper(), s.title(), s.swapcase(), s.strip().center(21, "*"))
print("a,b,,c".split(","), " a b  c ".split(), "a b c".split(None, 1), "a-b-c".rsplit("-", 1), "a=b=c".partition("="), "a=b=c".rpartition("="))
print("x".zfill(3), "-5".zfill(4), "ab".ljust(4) + "|", "ab".rjust(4, "."), "aXbX".replace("X", "-"), "aXbX".replace("X", "-", 1))
print("hello".find("l"), "hello".rfind("l"), "hello".find("z"), "hello".index("e"), "hello".count("l"), "abc".startswith(("x", "a")), "abc".endswith("bc"))
print("-".join(["a", "b"]), "".join(c.upper() for c in "abc"), "a\tb".expandtabs(4), "ABC".casefold(), "abc".isalpha(), "123".isdigit(), "12.3".isdigit(), " ".isspace())
print("prefix-x".removeprefix("prefix-"), "x.txt".removesuffix(".txt"), "abc".isupper(), "ABC".isupper(), "a1".isalnum(), "Abc".capitalize())
