s = "héllo wörld"
print(s[1], s[-1], s[1:4], s[::-1], s[::2], len(s), s.find("w"), s.index("ö"), s[s.find("w"):])
for i, c in enumerate(s[:3]):
    print(i, c)
