#: re_
import re
m = re.search(r"(?P<name>\w+)=(\d+)", "key=42 other=7")
print(m.group(), m.group(1), m.group("name"), m.groups(), m.groupdict(), m.start(), m.end(), m.span(2), m[2])
print(re.findall(r"\d+", "a1b22"), re.findall(r"(\w)=(\d)", "a=1 b=2"), re.sub(r"(\w)\1", r"<\1>", "aabbc"), re.split(r"[,;]\s*", "a, b;c"), re.match("b", "ab"), re.fullmatch(r"\d+", "12").group(), re.sub("a", lambda m: m.group().upper(), "banana", count=2), re.escape("a.b"), re.compile("X", re.I).findall("xX"), [m.start() for m in re.finditer("a", "banana")], bool(re.match(r"^a$", "a\nb", re.M)))
#: shlex_
import shlex
print(shlex.quote("a b"), shlex.quote("ok"), shlex.split("a 'b c' \"d\""), shlex.join(["x", "y z"]))
