for c in "añb":
    print(c)
print(list("abc"), sorted("hello"), set("aa"), tuple("xy"), [c for c in "ab"], max("abc"), "b" in "abc", list(reversed("abc")), list(zip("ab", "cd")), list(enumerate("ab")))
a, b = "xy"
print(a, b)
