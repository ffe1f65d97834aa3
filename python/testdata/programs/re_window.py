import re

p = re.compile(r"\d+")
print(p.match("ab12", 2).group(), p.match("ab12", 1), p.search("1 22 333", 2).span(), p.findall("1 22 333", 1), p.findall("1 22 333", 0, 3))
print([m.start() for m in p.finditer("é1 é22", 2)], p.fullmatch("x12y", 1, 3), p.search("12", 5), p.match("12", endpos=1).group())
print(re.compile("^b").search("ab", 1), re.compile(r"\bb").search("ab", 1))
