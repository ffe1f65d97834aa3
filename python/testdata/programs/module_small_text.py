import fnmatch
import html
import functools
import operator

print(fnmatch.fnmatch("a.txt", "*.txt"), fnmatch.fnmatchcase("A", "a"), fnmatch.filter(["x.py", "y.c", "z.py"], "?.py"))
print(fnmatch.fnmatch("b1", "[!a]?"), fnmatch.fnmatch("a]", "a[]]"), fnmatch.fnmatch("x[", "x["), fnmatch.fnmatch("a.b", "a?b"))
print(html.escape("<a href=\"x\">'&'</a>"), html.escape('"', quote=False), html.unescape("&lt;b&gt; &amp;&#39;&#x41; &nbsp;&unknown; &quot;"))
print(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))
print(operator.floordiv(7, 2), operator.mod(7, 4), operator.neg(3), operator.pow(2, 5), operator.truth([]), operator.getitem([1, 2], 1))
print(operator.methodcaller("split", ",")("a,b"), operator.countOf([1, 2, 1], 1), operator.indexOf("abc", "c"), operator.lshift(1, 4))
