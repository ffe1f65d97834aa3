import re
m = re.search(r"(?P<key>\w+)=(\d+)", "foo=42 bar=7")
print(m.group(0), m.group(1), m.group("key"), m.groups(), m.groupdict(), m.start(), m.end(), m.span(2), m[2])
print(re.match("b", "abc"), re.fullmatch("a.c", "abc") is not None, re.findall(r"\d+", "1 22 333"), re.findall(r"(\w)=(\d)", "a=1 b=2"))
print(re.sub(r"\d", "#", "a1b2"), re.sub(r"(\w)(\d)", r"\2\1", "a1b2"), re.sub("x", lambda m: m.group().upper(), "axbx"), re.split(r"[,;]", "a,b;c"), re.escape("a.b"))
p = re.compile(r"^line", re.MULTILINE | re.IGNORECASE)
print(p.findall("line\nLINE"), [m.group() for m in re.finditer("[ab]", "xaxb")], bool(re.search("z", "abc")))
print(re.sub("é", "e", "café"), re.search("f", "café").start())
