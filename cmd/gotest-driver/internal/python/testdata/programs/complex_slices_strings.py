s = "key: value: more"
k, v = s.split(": ", 1)
print(k, v, s.split(":")[-1].strip(), s[s.index(":") + 1:].strip(), s[:-4], s[-4:])
line = "  12 abc\n"
num, name = line.split()
print(int(num) + 1, name)
