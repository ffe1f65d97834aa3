import csv
from types import SimpleNamespace
from urllib.parse import parse_qs, urlparse, quote, urlencode
print(list(csv.reader(["a,b", '"x, y",2'])), [dict(r) for r in csv.DictReader(["n,v", "a,1"])])
s = SimpleNamespace(a=1, b="x")
s.c = [s.a]
print(s.a, s.b, s.c)
print(parse_qs("a=1&b=x%20y&a=2"), urlparse("http://h:80/p?q=1").port, quote("a b/c"), urlencode({"k": "v w"}))
